// tests/overlay/dht_datagram_test.cpp - what is told of OpenDHT's datagrams; the bytes are some that it sent.
#include "overlay/dht_datagram.hpp"

#include <gtest/gtest.h>

#include <msgpack.hpp>

namespace overlay {
namespace {

using namespace std::string_view_literals;
using Kind = DhtDatagram::Kind;

// {"a": {"id", "h", "q"}, "q": "get", "t": 0xc8d26b69, "y": "q", "v": "RNG1", "n": 7}
constexpr auto get =
    "\x86\xa1"
    "a\x82\xa2id\xc4\x14<9\x0a\x88\x09"
    "2\x08\x0a\x12S(\xbe\xbcX\x09\xc9\xc9)\x06\x11\xa1h\xc4\x14\x13\xfb\xd7\x9c=9\x0e]e\x85\xa2\x1e\x11\xff^"
    "\xc1\x97\x0c\xff\x0c\xa1q\xa3get\xa1t\xce\xc8\xd2ki\xa1y\xa1q\xa1v\xa4RNG1\xa1n\x07"sv;
// {"r": {"id", "sa"}, "t": 0xdb93e1d5, "y": "r", "v": "RNG1", "n": 7}
constexpr auto pong =
    "\x85\xa1r\x82\xa2id\xc4\x14\xa0\xb2\x12}\x02\xdd\x96\x00\xae\xfeskx.\xbb\xf3\x9c\x87\x7fN\xa2sa\xc4\x04"
    "\x0a\x00\x00\x08\xa1t\xce\xdb\x93\xe1\xd5\xa1y\xa1r\xa1v\xa4RNG1\xa1n\x07"sv;

std::vector<std::uint8_t> bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

TEST(DhtDatagram, a_request_tells_its_method_key_and_transaction) {
    const auto read = read_dht_datagram(crypto::bytes_of(get));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, Kind::request);
    EXPECT_EQ(read->method, "get");
    EXPECT_EQ(read->transaction, 0xc8d26b69U);
    ASSERT_EQ(read->key.size(), 22U);
    EXPECT_EQ(read->key[2], 0x13);
    EXPECT_EQ(read->id.size(), 22U);
    EXPECT_TRUE(read->socket.empty());
}

TEST(DhtDatagram, answers_errors_and_parts_are_told_apart_whatever_else_they_hold) {
    const auto kind = [](std::string_view text) {
        const auto read = read_dht_datagram(crypto::bytes_of(text));
        return read ? std::optional(read->kind) : std::nullopt;
    };
    EXPECT_EQ(kind(pong), Kind::answer);
    EXPECT_EQ(kind("\x82\xa1"
                   "e\x92\xcd\x01\x91\xa3why\xa1t\x05"sv),
              Kind::answer);
    EXPECT_EQ(kind("\x82\xa1u\x80\xa1t\x05"sv), Kind::answer) << "of a listener's number, not of ours";
    EXPECT_EQ(kind("\x82\xa1p\x80\xa1t\x05"sv), Kind::part);
    // OpenDHT takes what has both for the answer, and so must we: else an id could be guessed unnoticed.
    EXPECT_EQ(kind("\x83\xa1q\xa4ping\xa1r\x80\xa1t\x05"sv), Kind::answer);
    EXPECT_EQ(kind("\x82\xa1q\xa4ping\xa1t\xc4\x04\x00\x00\x00\x05"sv), Kind::request) << "an older version";
}

TEST(DhtDatagram, what_is_cut_off_or_something_else_is_none) {
    for (std::size_t size = 0; size < get.size(); ++size)
        EXPECT_FALSE(read_dht_datagram(crypto::bytes_of(get.substr(0, size)))) << size;
    for (const auto text : {"HWq\x01"sv, "\x80"sv, "\x81\xa1t\x05"sv, "\x81\xa1q\xa4ping"sv,
                            "\x82\xa1q\xa4ping\xa1t\xcf\x00\x00\x00\x01\x00\x00\x00\x00"sv,
                            "\x82\xa1q\xa4ping\xa1t\xc4\x03\x00\x00\x05"sv, "\x82\xa1q\x05\xa1t\x05"sv})
        EXPECT_FALSE(read_dht_datagram(crypto::bytes_of(text)));
}

TEST(DhtDatagram, another_transaction_id_leaves_all_else_as_it_was) {
    const auto datagram = bytes_of(get);
    const auto read = read_dht_datagram(datagram).value();
    for (const std::uint32_t number : {0U, 0x7fU, 0x80U, 0xffU, 0x100U, 0xffffU, 0x10000U, 0xffffffffU}) {
        const auto other = with_transaction(datagram, read, number);
        const auto again = read_dht_datagram(other);
        ASSERT_TRUE(again) << number;
        EXPECT_EQ(again->transaction, number);
        EXPECT_EQ(with_transaction(other, *again, read.transaction), datagram);
    }
}

TEST(DhtDatagram, padding_is_a_field_more_and_nothing_else) {
    for (const std::size_t size : {0U, 60U, 93U, 94U, 99U, 100U, 101U, 256U, 400U}) {
        auto datagram = bytes_of(get);
        pad_dht_datagram(datagram, size);
        EXPECT_LE(datagram.size(), std::max(size, get.size()));
        if (size >= get.size() + 7 && size < get.size() + 250) {
            EXPECT_EQ(datagram.size(), size);
        }
        const auto read = read_dht_datagram(datagram);
        ASSERT_TRUE(read) << size;
        EXPECT_EQ(read->transaction, 0xc8d26b69U);
        // OpenDHT's own reader takes it too.
        const auto handle = msgpack::unpack(reinterpret_cast<const char*>(datagram.data()), datagram.size());
        EXPECT_EQ(handle.get().via.map.size, datagram.size() > get.size() ? 7U : 6U);
    }
}

TEST(DhtDatagram, our_ping_reads_as_one_on_every_network) {
    for (const std::uint32_t network : {0U, 7U, 70'000U}) {
        const auto ping = ping_datagram({1, 2, 3}, network, 0x01020304);
        const auto read = read_dht_datagram(ping);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->method, "ping");
        EXPECT_EQ(read->transaction, 0x01020304U);
        EXPECT_LT(ping.size(), 60U);
    }
}

}  // namespace
}  // namespace overlay
