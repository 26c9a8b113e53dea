// tests/node/reach/gateway_driver_test.cpp - conversations against a router of this test's own, on loopback
// at its port.
#include "node/reach/gateway_driver.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <optional>

namespace node {
namespace {

using namespace std::chrono_literals;
using asio::ip::address_v4;
using asio::ip::udp;

/// An address of this process's own: all of 127/8 is loopback, and the port is fixed.
address_v4 router_address() {
    const auto pid = static_cast<unsigned>(getpid());
    return address_v4(
        {127, static_cast<std::uint8_t>(128 + (pid >> 8U) % 64), static_cast<std::uint8_t>(pid % 256), 9});
}

/// Speaks NAT-PMP alone.
class Router {
public:
    explicit Router(asio::io_context& loop) : socket_(loop, udp::endpoint(router_address(), 5351)) {
        receive();
    }

    bool deaf = false;
    std::vector<std::vector<std::uint8_t>> heard;

private:
    void receive() {
        socket_.async_receive_from(
            asio::buffer(in_), from_, [this](asio::error_code error, std::size_t size) {
                if (error) return;
                heard.emplace_back(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(size));
                if (!deaf && in_[0] == 2)
                    send({0, static_cast<std::uint8_t>(128 + in_[1]), 0, 1, 0, 0, 1, 0});
                if (!deaf && in_[0] == 0 && size == 2) send({0, 128, 0, 0, 0, 0, 1, 0, 203, 0, 113, 5});
                if (!deaf && in_[0] == 0 && size == 12)
                    send({0, static_cast<std::uint8_t>(128 + in_[1]), 0, 0, 0, 0, 1, 0, in_[4], in_[5],
                          in_[6], in_[7], 0, 0, 0x1c, 0x20});
                receive();
            });
    }
    void send(const std::vector<std::uint8_t>& bytes) { socket_.send_to(asio::buffer(bytes), from_); }

    udp::socket socket_;
    udp::endpoint from_;
    std::array<std::uint8_t, 64> in_{};
};

class Driver : public testing::Test {
protected:
    void start(GatewayProtocol protocol, const Gateway& router_at) {
        driver.start({7, protocol, router_at, {{{false, 5060}, 5060}}, 7200s},
                     [&](MappingAnswer a) { answer = std::move(a); });
    }
    void run(std::chrono::milliseconds most = 5s) {
        const auto end = std::chrono::steady_clock::now() + most;
        while (!answer && std::chrono::steady_clock::now() < end)
            loop.run_one_for(50ms);
    }
    const Gateway gateway{router_address(), address_v4::loopback()};
    asio::io_context loop;
    GatewayDriver driver{loop, {}, [](const asio::ip::address&) {}};
    Router router{loop};
    std::optional<MappingAnswer> answer;
};

TEST_F(Driver, a_port_is_asked_for_and_granted) {
    start(GatewayProtocol::nat_pmp, gateway);
    EXPECT_FALSE(answer) << "never from inside";
    run();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->grants.at(0).outer, 5060);
    EXPECT_EQ(answer->outer_address, asio::ip::make_address("203.0.113.5"));
}

TEST_F(Driver, a_router_that_does_not_speak_PCP_is_known_after_one_datagram) {
    start(GatewayProtocol::pcp, gateway);
    run();
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->speaks);
    EXPECT_EQ(router.heard.size(), 1U);
}

TEST_F(Driver, a_machine_that_has_no_such_service_is_given_up_at_once) {
    start(GatewayProtocol::nat_pmp, {address_v4(router_address().to_uint() + 1), address_v4::loopback()});
    run(1s);
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->speaks);
}

TEST_F(Driver, so_is_one_from_an_address_that_is_not_ours) {
    start(GatewayProtocol::nat_pmp, {router_address(), asio::ip::make_address("192.0.2.99")});
    run(1s);
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->speaks);
}

TEST_F(Driver, mappings_are_given_back_with_a_lifetime_of_nothing_and_a_deaf_router_keeps_nobody) {
    driver.end_mappings(GatewayProtocol::nat_pmp, gateway, {{{false, 5060}, 5060, gateway.own}});
    loop.run_for(50ms);
    ASSERT_EQ(router.heard.size(), 1U);
    EXPECT_EQ(router.heard[0], (std::vector<std::uint8_t>{0, 1, 0, 0, 0x13, 0xc4, 0, 0, 0, 0, 0, 0}));
    const auto began = std::chrono::steady_clock::now();
    driver.end_mappings(GatewayProtocol::pcp, gateway,
                        std::vector<MappingEnd>(50, {{false, 5060}, 5060, gateway.own}));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
}

TEST_F(Driver, a_conversation_that_is_dropped_tells_nobody) {
    router.deaf = true;
    bool told = false;
    driver.start({1, GatewayProtocol::nat_pmp, gateway, {}, 7200s},
                 [&](const MappingAnswer&) { told = true; });
    loop.run_for(50ms);
    router.deaf = false;
    start(GatewayProtocol::nat_pmp, gateway);
    run();
    EXPECT_TRUE(answer);
    loop.run_for(50ms);
    EXPECT_FALSE(told);
}

}  // namespace
}  // namespace node
