// tests/sip/transaction/reply_flow_test.cpp - where answers go.
#include "sip/transaction/reply_flow.hpp"

#include <gtest/gtest.h>

namespace sip::testing {

namespace {

struct ReplyFlowTest : ::testing::Test {
    std::uint16_t port_for(const std::string& via, Transport transport = Transport::udp) {
        const std::string wire = "OPTIONS sip:example.org SIP/2.0\r\n" + via +
                                 "From: <sip:a@example.org>;tag=1\r\nTo: <sip:b@example.org>\r\n"
                                 "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
        const auto request = MessageView::parse(wire);
        EXPECT_TRUE(request);
        const Flow came_on{transport, {}, {asio::ip::make_address("192.0.2.7"), 40000}, 0};
        const Flow reply = reply_flow(*request, came_on);
        EXPECT_EQ(reply.remote.address, came_on.remote.address) << "never a third party";
        return reply.remote.port;
    }
};

TEST_F(ReplyFlowTest, over_UDP_to_the_port_of_sent_by_unless_rport_was_asked_for) {
    EXPECT_EQ(port_for("Via: SIP/2.0/UDP 198.51.100.1:5070;branch=z9hG4bKa\r\n"), 5070);
    EXPECT_EQ(port_for("Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKa\r\n"), 5060);
    EXPECT_EQ(port_for("Via: SIP/2.0/UDP 198.51.100.1:5070;rport;branch=z9hG4bKa\r\n"), 40000);
}

TEST_F(ReplyFlowTest, a_maddr_is_ignored) {
    EXPECT_EQ(port_for("Via: SIP/2.0/UDP 198.51.100.1:5070;maddr=203.0.113.1;branch=z9hG4bKa\r\n"), 5070);
}

TEST_F(ReplyFlowTest, on_a_stream_the_way_it_came) {
    EXPECT_EQ(port_for("Via: SIP/2.0/TCP 198.51.100.1:5070;branch=z9hG4bKa\r\n", Transport::tcp), 40000);
}

}  // namespace

}  // namespace sip::testing
