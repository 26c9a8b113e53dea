// tests/overlay/seen_addresses_test.cpp - whose word counts about where we are, and how much.
#include "overlay/seen_addresses.hpp"

#include <gtest/gtest.h>

#include <string>

namespace overlay {
namespace {

using asio::ip::make_address;
using asio::ip::udp;
using namespace std::string_literals;

/// A pong as OpenDHT 2.4.12 sends it, seen on the wire.
std::vector<std::uint8_t> pong(const std::string& seen) {
    std::string wire = "\x85\xa1r\x82\xa2id\xc4\x14"s + std::string(20, 'I') + "\xa2sa\xc4"s;
    const auto address = make_address(seen);
    if (address.is_v4()) {
        wire += '\x04';
        for (const auto byte : address.to_v4().to_bytes())
            wire += static_cast<char>(byte);
    } else {
        wire += '\x10';
        for (const auto byte : address.to_v6().to_bytes())
            wire += static_cast<char>(byte);
    }
    wire += "\xa1t\xce\xcc\xdc\x00\x9b\xa1y\xa1r\xa1v\xa4RNG1\xa1nM"s;
    return {wire.begin(), wire.end()};
}

class Seen : public testing::Test {
protected:
    bool says(const std::string& peer, const std::string& address) {
        const udp::endpoint from(make_address(peer), 4222);
        seen.sent(from);
        return seen.received(from, pong(address));
    }
    SeenAddresses seen;
};

TEST_F(Seen, the_address_in_a_pong_is_read) {
    EXPECT_EQ(address_in_answer(pong("203.0.113.5")), make_address("203.0.113.5"));
    EXPECT_EQ(address_in_answer(pong("2001:db8::5")), make_address("2001:db8::5"));
}

TEST_F(Seen, a_datagram_cut_short_or_of_another_kind_says_nothing) {
    const auto whole = pong("203.0.113.5");
    for (std::size_t size = 0; size < 37; ++size)  // up to the last byte of the address
        EXPECT_FALSE(address_in_answer({whole.data(), size})) << size;
    const auto ping = "\x86\xa1"s + "a\x81\xa2sa\xc4\x04\x01\x02\x03\x04\xa1q\xa4ping"s;
    EXPECT_FALSE(address_in_answer({reinterpret_cast<const std::uint8_t*>(ping.data()), ping.size()}));
}

TEST_F(Seen, one_network_has_one_vote_and_its_latest_counts) {
    EXPECT_TRUE(says("198.51.100.1", "203.0.113.5"));
    EXPECT_FALSE(says("198.51.7.7", "203.0.113.5")) << "the same /16";
    EXPECT_EQ(seen.all(), (std::vector<SeenAddress>{{make_address("203.0.113.5"), 1, 1}}));
    EXPECT_TRUE(says("11.1.0.1", "203.0.113.5"));
    EXPECT_TRUE(says("11.1.0.1", "203.0.113.9"));
    EXPECT_EQ(seen.all().size(), 2U);
    EXPECT_EQ(seen.all()[0].networks + seen.all()[1].networks, 2U);
}

TEST_F(Seen, the_newest_eight_networks_count) {
    for (int i = 0; i < 20; ++i)
        says("11." + std::to_string(i) + ".0.1", "203.0.113.5");
    EXPECT_EQ(seen.all(), (std::vector<SeenAddress>{{make_address("203.0.113.5"), 8, 8}}));
    for (int i = 0; i < 8; ++i)
        says("12." + std::to_string(i) + ".0.1", "203.0.113.9");
    EXPECT_EQ(seen.all(), (std::vector<SeenAddress>{{make_address("203.0.113.9"), 8, 8}}));
}

TEST_F(Seen, an_answer_that_nobody_asked_for_counts_nothing) {
    EXPECT_FALSE(seen.received({make_address("198.51.100.1"), 4222}, pong("203.0.113.5")));
    seen.sent({make_address("198.51.100.1"), 4222});
    EXPECT_FALSE(seen.received({make_address("198.51.100.1"), 4223}, pong("203.0.113.5")));
    EXPECT_TRUE(seen.all().empty());
}

TEST_F(Seen, a_neighbour_with_a_private_address_sees_us_from_the_inside_and_counts_nothing) {
    EXPECT_FALSE(says("192.168.1.7", "192.168.1.20"));
    EXPECT_FALSE(says("127.0.0.1", "127.0.0.1"));
    EXPECT_FALSE(says("fe80::1", "fe80::2"));
    EXPECT_TRUE(seen.all().empty());
}

TEST_F(Seen, families_are_counted_apart) {
    says("198.51.100.1", "203.0.113.5");
    says("2001:db8:1::1", "2001:db8:9::5");
    EXPECT_FALSE(says("2001:db8:1::1", "203.0.113.5")) << "an IPv6 node cannot see an IPv4 address";
    for (const auto& each : seen.all()) {
        EXPECT_EQ(each.of, 1U);
    }
    EXPECT_EQ(seen.all().size(), 2U);
}

}  // namespace
}  // namespace overlay
