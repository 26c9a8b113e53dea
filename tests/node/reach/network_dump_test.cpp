// tests/node/reach/network_dump_test.cpp - the kernel's own answers, as far as any machine gives them.
#include "node/reach/network_dump.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "node/addresses.hpp"

namespace node {
namespace {

TEST(ReadNetwork, finds_the_addresses_that_getifaddrs_finds) {
    auto by_netlink = every_address(read_network().value());
    auto by_libc = interface_addresses();
    std::sort(by_netlink.begin(), by_netlink.end());
    std::sort(by_libc.begin(), by_libc.end());
    EXPECT_EQ(by_netlink, by_libc);
}

TEST(ReadNetwork, knows_the_prefix_of_loopback) {
    const auto view = read_network().value();
    const auto loopback = std::find_if(view.addresses.begin(), view.addresses.end(), [](const auto& a) {
        return a.address == asio::ip::make_address("127.0.0.1");
    });
    ASSERT_NE(loopback, view.addresses.end());
    EXPECT_EQ(loopback->prefix_length, 8U);
    EXPECT_FALSE(loopback->temporary || loopback->deprecated || loopback->tentative);
}

}  // namespace
}  // namespace node
