// tests/node/reach/nat_pmp_test.cpp - the client against a router of this test's own, on loopback at
// NAT-PMP's port.
#include "node/reach/nat_pmp.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <asio/steady_timer.hpp>
#include <optional>

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::address_v4;
using asio::ip::make_address_v4;
using asio::ip::udp;

/// An address of this process's own: all of 127/8 is loopback, and the port is fixed.
address_v4 router_address() {
    const auto pid = static_cast<unsigned>(getpid());
    return address_v4(
        {127, static_cast<std::uint8_t>(128 + (pid >> 8U) % 64), static_cast<std::uint8_t>(pid % 256), 9});
}

/// RFC 6886 §3, the router's side.
class Router {
public:
    explicit Router(asio::io_context& loop) : socket_(loop, udp::endpoint(router_address(), 5351)) {
        receive();
    }

    std::uint16_t result = 0;      // of address questions
    std::uint16_t map_result = 0;  // of mappings
    std::uint16_t other_port = 0;  // given instead of the wished one
    unsigned deaf_to = 0;          // questions not answered
    bool stale_first = false;      // an answer about another port goes out before the right one
    std::vector<std::vector<std::uint8_t>> heard;

private:
    void receive() {
        socket_.async_receive_from(
            asio::buffer(in_), from_, [this](asio::error_code error, std::size_t size) {
                if (error) return;
                heard.emplace_back(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(size));
                if (deaf_to > 0) {
                    --deaf_to;
                } else if (size == 2 && in_[1] == 0) {
                    send({0, 128, 0, static_cast<std::uint8_t>(result), 0, 0, 1, 0, 203, 0, 113, 5});
                } else if (size == 12) {
                    answer_mapping();
                }
                receive();
            });
    }
    void answer_mapping() {
        std::vector<std::uint8_t> answer{
            0, static_cast<std::uint8_t>(128 + in_[1]), 0, static_cast<std::uint8_t>(map_result), 0, 0, 1, 0};
        answer.insert(answer.end(), {in_[4], in_[5], in_[6], in_[7], in_[8], in_[9], in_[10], in_[11]});
        if (other_port != 0) {
            answer[10] = static_cast<std::uint8_t>(other_port >> 8U);
            answer[11] = static_cast<std::uint8_t>(other_port & 0xffU);
        }
        if (stale_first) {
            auto stale = answer;
            stale[9] ^= 1U;
            send(stale);
            stale_first = false;
        }
        send(answer);
    }
    void send(const std::vector<std::uint8_t>& bytes) { socket_.send_to(asio::buffer(bytes), from_); }

    udp::socket socket_;
    udp::endpoint from_;
    std::array<std::uint8_t, 64> in_{};
};

class NatPmpClient : public testing::Test {
protected:
    MappingAnswer ask(std::vector<MappingWish> wishes) {
        std::optional<MappingAnswer> answer;
        client.start({7,
                      GatewayProtocol::nat_pmp,
                      {router_address(), address_v4::loopback()},
                      std::move(wishes),
                      7200s},
                     [&](MappingAnswer a) { answer = std::move(a); });
        const auto end = std::chrono::steady_clock::now() + 15s;
        while (!answer && std::chrono::steady_clock::now() < end)
            loop.run_one_for(100ms);
        EXPECT_TRUE(answer);
        return answer.value_or(MappingAnswer{});
    }
    asio::io_context loop;
    NatPmp client{loop, [](address_v4) {}};
    Router router{loop};
};

TEST_F(NatPmpClient, asks_for_the_address_and_for_each_mapping) {
    const auto answer = ask({{{false, 5060}, 5060, false}, {{true, 5060}, 5062, false}});
    EXPECT_EQ(answer.id, 7U);
    EXPECT_TRUE(answer.speaks);
    EXPECT_EQ(answer.outer_address, make_address_v4("203.0.113.5"));
    EXPECT_EQ(answer.epoch, 256U);
    ASSERT_EQ(answer.grants.size(), 2U);
    EXPECT_EQ(answer.grants[0].inner, (InnerPort{false, 5060}));
    EXPECT_EQ(answer.grants[0].outer, 5060);
    EXPECT_EQ(answer.grants[0].lease, 7200s);
    EXPECT_EQ(answer.grants[1].inner, (InnerPort{true, 5060}));
    EXPECT_EQ(answer.grants[1].outer, 5062);
}

TEST_F(NatPmpClient, takes_the_port_that_the_router_gives) {
    router.other_port = 40001;
    EXPECT_EQ(ask({{{false, 5060}, 5060, false}}).grants.at(0).outer, 40001);
}

TEST_F(NatPmpClient, asks_again_when_a_packet_is_lost) {
    router.deaf_to = 2;
    EXPECT_TRUE(ask({}).outer_address);
    EXPECT_EQ(router.heard.size(), 3U);
}

TEST_F(NatPmpClient, an_answer_about_another_port_is_none) {
    router.stale_first = true;
    const auto answer = ask({{{false, 5060}, 5060, false}});
    ASSERT_EQ(answer.grants.size(), 1U);
    EXPECT_EQ(answer.grants[0].inner, (InnerPort{false, 5060}));
    EXPECT_EQ(answer.grants[0].outer, 5060);
}

TEST_F(NatPmpClient, a_refusal_is_quoted) {
    router.map_result = 2;
    const auto answer = ask({{{false, 5060}, 5060, false}});
    EXPECT_EQ(answer.grants.at(0).outer, 0);
    EXPECT_EQ(answer.grants.at(0).fault, "it may not (NAT-PMP: not authorized)");
}

TEST_F(NatPmpClient, a_router_without_an_address_is_asked_for_no_mapping) {
    router.result = 3;
    const auto answer = ask({{{false, 5060}, 5060, false}});
    EXPECT_TRUE(answer.speaks);
    EXPECT_FALSE(answer.outer_address);
    EXPECT_EQ(answer.fault, "it has no address itself (NAT-PMP: network failure)");
    EXPECT_EQ(router.heard.size(), 1U);
}

TEST_F(NatPmpClient, a_silent_router_is_given_up_in_four_seconds) {
    router.deaf_to = 1000;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_FALSE(ask({}).speaks);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 3s);
    EXPECT_LT(took, 6s);
}

TEST_F(NatPmpClient, a_machine_that_has_no_such_service_is_given_up_at_once) {
    std::optional<MappingAnswer> answer;
    auto nobody = router_address().to_uint() + 1;
    client.start({1, GatewayProtocol::nat_pmp, {address_v4(nobody), address_v4::loopback()}, {}, 7200s},
                 [&](MappingAnswer a) { answer = std::move(a); });
    loop.run_for(1s);
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->speaks);
}

TEST_F(NatPmpClient, ends_mappings_with_a_lifetime_of_nothing) {
    NatPmp::end_mappings({router_address(), address_v4::loopback()}, {{false, 5060}});
    loop.run_for(50ms);
    ASSERT_EQ(router.heard.size(), 1U);
    EXPECT_EQ(router.heard[0], (std::vector<std::uint8_t>{0, 1, 0, 0, 0x13, 0xc4, 0, 0, 0, 0, 0, 0}));
}

TEST_F(NatPmpClient, a_round_that_is_dropped_tells_nobody) {
    router.deaf_to = 1000;
    bool told = false;
    client.start({1, GatewayProtocol::nat_pmp, {router_address(), address_v4::loopback()}, {}, 7200s},
                 [&](const MappingAnswer&) { told = true; });
    loop.run_for(50ms);
    router.deaf_to = 0;
    EXPECT_TRUE(ask({}).speaks);
    loop.run_for(50ms);
    EXPECT_FALSE(told);
}

}  // namespace
}  // namespace node
