// tests/node/reach/network_view_test.cpp - what follows from addresses and routes.
#include "node/reach/network_view.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

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
