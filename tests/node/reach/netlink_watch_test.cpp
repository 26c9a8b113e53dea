// tests/node/reach/netlink_watch_test.cpp - the kernel's own answers, as far as any machine gives them.
#include "node/reach/netlink_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "node/addresses.hpp"

namespace node {
namespace {

TEST(ReadNetwork, finds_the_addresses_that_getifaddrs_finds) {
    auto by_netlink = every_address(read_network());
    auto by_libc = interface_addresses();
    std::sort(by_netlink.begin(), by_netlink.end());
    std::sort(by_libc.begin(), by_libc.end());
    EXPECT_EQ(by_netlink, by_libc);
}

TEST(ReadNetwork, knows_the_prefix_of_loopback) {
    const auto view = read_network();
    const auto loopback = std::find_if(view.addresses.begin(), view.addresses.end(), [](const auto& a) {
        return a.address == asio::ip::make_address("127.0.0.1");
    });
    ASSERT_NE(loopback, view.addresses.end());
    EXPECT_EQ(loopback->prefix_length, 8U);
    EXPECT_FALSE(loopback->temporary || loopback->deprecated || loopback->tentative);
}

TEST(GatewayOf, is_the_default_routes_with_the_lowest_metric) {
    NetworkView view;
    const auto address = [](const char* text) { return asio::ip::make_address(text); };
    view.addresses = {{address("192.168.1.20"), 24, 2, false, false, false},
                      {address("10.8.0.2"), 24, 3, false, false, false}};
    view.routes = {{address("192.168.1.1"), 2, 600}, {address("10.8.0.1"), 3, 50}};
    ASSERT_TRUE(gateway_of(view));
    EXPECT_EQ(gateway_of(view)->address.to_string(), "10.8.0.1");
    EXPECT_EQ(gateway_of(view)->own.to_string(), "10.8.0.2");
    view.addresses[1].address =
        address("203.0.113.9");  // what we send leaves by an address that nobody translates
    view.routes[1].gateway = address("203.0.113.1");
    EXPECT_FALSE(gateway_of(view));
}

}  // namespace
}  // namespace node
