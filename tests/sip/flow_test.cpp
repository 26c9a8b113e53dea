// tests/sip/flow_test.cpp
#include "sip/flow.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Flow, endpoints_are_written_as_in_a_URI) {
    EXPECT_EQ(to_string(sip::Endpoint{asio::ip::make_address("192.0.2.1"), 5060}), "192.0.2.1:5060");
    EXPECT_EQ(to_string(sip::Endpoint{asio::ip::make_address("2001:db8:0::1"), 5061}), "[2001:db8::1]:5061");
    EXPECT_EQ(sip::host_text(asio::ip::make_address("::1")), "[::1]");
}

TEST(Flow, a_transport_has_a_name_for_Via_and_one_for_URIs) {
    EXPECT_EQ(name(sip::Transport::tls), "TLS");
    EXPECT_EQ(uri_value(sip::Transport::tls), "tls");
    EXPECT_EQ(name(sip::Transport::udp), "UDP");
    EXPECT_EQ(uri_value(sip::Transport::wss), "wss");
}

TEST(Flow, two_connections_of_one_peer_are_two_flows) {
    sip::Flow a{sip::Transport::tcp,
                {asio::ip::make_address("192.0.2.1"), 5060},
                {asio::ip::make_address("192.0.2.2"), 1234},
                1};
    sip::Flow b = a;
    EXPECT_EQ(a, b);
    b.connection = 2;
    EXPECT_NE(a, b);
    EXPECT_LT(a, b);
    b.remote.address = asio::ip::make_address("192.0.2.1");
    EXPECT_GT(a, b) << "ordered by address before connection: usable as the key of a map";
}

}  // namespace
