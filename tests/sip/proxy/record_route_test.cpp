// tests/sip/proxy/record_route_test.cpp - when we stay in a dialog; under which names,
// branch_request_test.cpp has too.
#include "sip/proxy/record_route.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

struct RecordRoute : ::testing::Test {
    Request request;
    RecordedSides sides;
    std::string callee_uri = "sip:bob@10.0.0.5:5062";

    RecordRoute() {
        request.more = "Contact: <sip:alice@10.0.0.9:5070>\r\n";
        sides.caller = udp_flow("10.0.0.9", 5070);
        sides.callee = udp_flow("10.0.0.5", 5062);
    }
    bool must(bool stays = false) {
        return must_record_route(*MessageView::parse(request.text()), sides, callee_uri, stays);
    }
};

TEST_F(RecordRoute, two_phones_of_one_network_over_udp_can_do_without_us) {
    EXPECT_FALSE(must());
    EXPECT_TRUE(must(true)) << "unless it is wanted";
}

TEST_F(RecordRoute, a_request_inside_a_dialog_or_of_none_is_never_recorded) {
    request.method = "OPTIONS";
    EXPECT_FALSE(must(true));
    request.method = "INVITE";
    request.to += ";tag=b";
    EXPECT_FALSE(must(true));
}

TEST_F(RecordRoute, connections_families_and_networks_that_differ_need_us) {
    sides.callee = tcp_flow("10.0.0.5");
    EXPECT_TRUE(must());
    sides.callee = udp_flow("198.51.100.7", 5062);
    callee_uri = "sip:bob@198.51.100.7:5062";
    EXPECT_TRUE(must()) << "an open network does not route into ours";
    sides.callee = udp_flow("fd00::5", 5062);
    callee_uri = "sip:bob@[fd00::5]:5062";
    EXPECT_TRUE(must());
}

TEST_F(RecordRoute, who_does_not_stand_where_he_says_needs_us) {
    callee_uri = "sip:bob@10.0.0.5:5999";
    EXPECT_TRUE(must());
    callee_uri = "sip:bob@10.0.0.5:5062";
    request.more = "Contact: <sip:alice@192.168.7.7:5070>\r\n";
    EXPECT_TRUE(must());
}

TEST_F(RecordRoute, a_phone_that_asks_for_its_flow_gets_it) {
    request.more = "Contact: <sip:alice@10.0.0.9:5070;ob>\r\n";
    EXPECT_TRUE(must()) << "RFC 5626 §4.3";
}

TEST_F(RecordRoute, networks_that_do_not_route_into_each_other_are_told_apart) {
    const auto kind = [](const char* address) { return network_kind(asio::ip::make_address(address)); };
    EXPECT_EQ(kind("127.0.0.1"), NetworkKind::loopback);
    EXPECT_EQ(kind("::1"), NetworkKind::loopback);
    for (const char* inside :
         {"10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.1.1", "100.64.0.1", "fd00::1", "fe80::1"})
        EXPECT_EQ(kind(inside), NetworkKind::inside) << inside;
    for (const char* open : {"172.32.0.1", "100.128.0.1", "192.0.2.1", "2001:db8::1"})
        EXPECT_EQ(kind(open), NetworkKind::open) << open;
}

}  // namespace
}  // namespace sip::testing
