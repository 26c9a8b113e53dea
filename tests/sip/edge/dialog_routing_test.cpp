// tests/sip/edge/dialog_routing_test.cpp - dialogs that we stay in: which way their requests go.
#include "sip/edge/dialog_routing.hpp"

#include <gtest/gtest.h>

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {

namespace {

using Lines = std::vector<std::string>;

// A phone behind a NAT: its Contact is nowhere that we could send to.
struct DialogTest : ProxyTest {
    std::string invite, said, ok;  // what Bob's phone said, and what the caller got of it
    void establish() {
        bob_has(desk, "<sip:bob@192.168.1.5:5060>");
        send(caller, call().text());
        invite = last_to(desk);
        said = respond(invite, 200, "b", "Contact: <sip:bob@192.168.1.5:5060>\r\n");
        send(desk, said);
        ok = last_to(caller);
        fresh();
    }
};

TEST_F(DialogTest, the_route_is_recorded_twice_once_for_each_side) {
    establish();
    EXPECT_TRUE(field(invite, "Record-Route").ends_with("@127.0.0.2:5060;lr>")) << invite;
    EXPECT_TRUE(field(invite, "Record-Route", 1).ends_with("@127.0.0.2:5060;lr>")) << invite;
    EXPECT_NE(field(invite, "Record-Route"), field(invite, "Record-Route", 1));
}

TEST_F(DialogTest, ACK_and_requests_of_the_caller_go_over_the_flow_of_the_callee) {
    establish();
    const std::string target = "sip:bob@192.168.1.5:5060";
    send(caller, in_dialog("ACK", ok, target).text());
    EXPECT_EQ(lines(), Lines{"ACK > 10.0.0.5:5062"});
    EXPECT_TRUE(last_to(desk).starts_with("ACK sip:bob@192.168.1.5:5060 SIP/2.0\r\n"));
    EXPECT_EQ(field(last_to(desk), "Route"), "");
    for (const std::string method : {"PRACK", "UPDATE", "INFO", "REFER", "NOTIFY", "BYE"}) {
        Request request = in_dialog(method, ok, target);
        send(caller, request.text());
        EXPECT_EQ(lines(), Lines{method + " > 10.0.0.5:5062"});
        send(desk, respond(last_to(desk), 200));
        EXPECT_EQ(lines(), Lines{"200 > 10.0.0.9:5070"});
    }
}

TEST_F(DialogTest, requests_of_the_callee_go_over_the_flow_of_the_caller) {
    establish();
    send(desk, in_dialog("BYE", said, "sip:stranger@192.168.9.9:5070", true).text());
    EXPECT_EQ(lines(), Lines{"BYE > 10.0.0.9:5070"});
}

TEST_F(DialogTest, a_reINVITE_gets_its_100_and_its_answer_and_no_new_route) {
    establish();
    Request hold = in_dialog("INVITE", ok, "sip:bob@192.168.1.5:5060");
    hold.body = offer;
    send(caller, hold.text());
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.0.5:5062"}));
    EXPECT_EQ(field(last_to(desk), "Record-Route"), "");
    send(desk, respond(last_to(desk), 200));
    EXPECT_EQ(lines(), Lines{"200 > 10.0.0.9:5070"});
}

TEST_F(DialogTest, another_node_with_our_very_address_in_a_home_of_its_own_keeps_its_place_in_the_route) {
    Flow node = tcp_flow();
    node.transport = Transport::tls;
    sent.peers[node] = {KeyHash{8}, std::array<std::uint8_t, 32>{9}, {}};
    bob_has(desk, "<sip:bob@192.168.1.5:5060>");
    Request request = call();
    request.more += "Record-Route: <sip:token-of-theirs@127.0.0.2:5061;transport=tls;lr>\r\n";
    std::string wire = request.text();
    wire.insert(wire.find("Via:"), "Via: SIP/2.0/TLS 127.0.0.2:5061;branch=z9hG4bKtheirs\r\n");
    send(node, wire);
    said = respond(last_to(desk), 200, "b", "Contact: <sip:bob@192.168.1.5:5060>\r\n");
    send(desk, said);
    fresh();
    send(desk, in_dialog("BYE", said, "sip:stranger@192.168.9.9:5070", true).text());
    EXPECT_EQ(lines(), Lines{"BYE > 10.0.0.9:40001"});
    EXPECT_EQ(field(last_to(node), "Route"), "<sip:token-of-theirs@127.0.0.2:5061;transport=tls;lr>");
}

TEST_F(DialogTest, a_strict_router_before_us_is_repaired) {  // RFC 3261 §16.4
    establish();
    Request bye = in_dialog("BYE", ok, "sip:bob@192.168.1.5:5060");
    const auto first = bye.more.find('<'), end = bye.more.find('>');
    const std::string ours = bye.more.substr(first + 1, end - first - 1);
    bye.more = bye.more.substr(bye.more.find("\r\n") + 2) + "Route: <sip:bob@192.168.1.5:5060>\r\n";
    bye.uri = ours;
    send(caller, bye.text());
    EXPECT_EQ(lines(), Lines{"BYE > 10.0.0.5:5062"});
    EXPECT_TRUE(last_to(desk).starts_with("BYE sip:bob@192.168.1.5:5060 SIP/2.0\r\n")) << last_to(desk);
    EXPECT_EQ(field(last_to(desk), "Route"), "");
}

TEST_F(DialogTest, a_strict_router_after_us_gets_itself_in_the_Request_URI) {  // §16.6 step 6
    establish();
    Request bye = in_dialog("BYE", ok, "sip:bob@192.168.1.5:5060");
    bye.more += "Route: <sip:192.0.2.50:5090>\r\n";
    send(caller, bye.text());
    EXPECT_TRUE(last_to(desk).starts_with("BYE sip:192.0.2.50:5090 SIP/2.0\r\n")) << last_to(desk);
    EXPECT_EQ(field(last_to(desk), "Route"), "<sip:bob@192.168.1.5:5060>");
}

TEST_F(DialogTest, a_token_opens_no_other_dialog_and_no_forged_one_any) {
    establish();
    const std::string target = "sip:victim@192.0.2.99:5060";
    Request other = in_dialog("BYE", ok, target);
    other.call_id = "other@phone";
    send(caller, other.text());
    EXPECT_EQ(lines(), Lines{"481 > 10.0.0.9:5070"});
    Request forged = in_dialog("BYE", ok, target);
    for (std::size_t at = forged.more.find("<sip:"); at != std::string::npos;
         at = forged.more.find("<sip:", at + 1))
        forged.more[at + 9] = forged.more[at + 9] == 'A' ? 'B' : 'A';
    forged.branch += "f";
    send(udp_flow("10.0.0.9", 5071), forged.text());
    EXPECT_EQ(lines(), Lines{"481 > 10.0.0.9:5071"});
    Request fresh_call = in_dialog("INVITE", ok, target);  // the token, but no dialog
    fresh_call.to = "<sip:victim@192.0.2.99>";
    fresh_call.branch += "n";
    send(caller, fresh_call.text());
    EXPECT_EQ(lines(), Lines{"407 > 10.0.0.9:5070"});
    Request ack = in_dialog("ACK", ok, target);
    ack.call_id = "other@phone";
    send(caller, ack.text());
    EXPECT_EQ(lines(), Lines{});
}

TEST_F(DialogTest, with_the_same_flow_key_a_dialog_of_UDP_phones_outlives_a_restart) {
    config.flow_key = std::array<std::uint8_t, 32>{9};
    start();
    establish();
    config.delivery = Delivery::automatic;
    edge.reset();
    config.secret = {77};
    start();
    send(caller, in_dialog("BYE", ok, "sip:bob@192.168.1.5:5060").text());
    EXPECT_EQ(lines(), Lines{"BYE > 10.0.0.5:5062"});
}

// --- a next hop that is a name

// Alice, one of ours, has called Bob at another edge, whose phone says that it is at a name.
struct NamedHopTest : ProxyTest {
    const Flow there = udp_flow("192.0.2.7", 5060);
    const std::string name = "sip:bob@phone.example.net";
    std::string ok;
    NamedHopTest() {
        host.at_once = redirect_to("sip:bob@192.0.2.7:5060;transport=udp");
        Request request = call();
        request.uri = "sip:bob@example.net";
        request.from = "<sip:alice@home.test>;tag=a";
        const std::string refusal = receive(request.text());
        acknowledge(request);
        send(caller, authorized(request, refusal).text());
        send(there, respond(last_to(there), 200, "b", "Contact: <" + name + ">\r\n"));
        ok = last_to(caller);
        fresh();
        host.at_once.reset();
        host.waiting.clear();
    }
    void answer(const RouteAnswer& route) { edge->answered(host.waiting.back(), route, now); }
};
const RouteAnswer found_at_20 = redirect_to("sip:bob@203.0.113.20:5060;transport=udp");

TEST_F(NamedHopTest, is_asked_for_once_and_the_request_waits_as_a_call_does) {
    const Request again = in_dialog("INVITE", ok, name);
    send(caller, again.text());
    send(caller, again.text());
    ASSERT_EQ(host.waiting.size(), 1U);
    EXPECT_EQ(host.questions.back().dialled.host, "phone.example.net");
    EXPECT_TRUE(host.questions.back().from_own_user);
    EXPECT_EQ(lines(), Lines{});
    pass(200ms);
    EXPECT_EQ(lines(), Lines{"100 > 10.0.0.9:5070"});
    answer(found_at_20);
    EXPECT_EQ(lines(), Lines{"INVITE > 203.0.113.20:5060"});
}

TEST_F(NamedHopTest, that_nobody_finds_or_that_may_not_be_called_is_480_and_without_an_answer_504) {
    send(caller, in_dialog("BYE", ok, name).text());
    answer(redirect_to("sip:bob@127.0.0.1:5060"));
    EXPECT_EQ(lines(), Lines{"480 > 10.0.0.9:5070"});
    send(caller, in_dialog("UPDATE", ok, name).text());
    answer({404, {}, {}, {}, {}});
    EXPECT_EQ(lines(), Lines{"480 > 10.0.0.9:5070"});
    send(caller, in_dialog("INFO", ok, name).text());
    pass(12s);
    EXPECT_EQ(lines(), Lines{"504 > 10.0.0.9:5070"});
    answer(found_at_20);
    EXPECT_EQ(lines(), Lines{}) << "too late";
}

TEST_F(NamedHopTest, a_CANCEL_finds_the_request_that_waits) {
    Request again = in_dialog("INVITE", ok, name);
    send(caller, again.text());
    again.method = "CANCEL";
    send(caller, again.text());
    EXPECT_EQ(lines(), (Lines{"200 > 10.0.0.9:5070", "487 > 10.0.0.9:5070"}));
    answer(found_at_20);
    EXPECT_EQ(lines(), Lines{});
}

TEST_F(NamedHopTest, an_ACK_waits_too_is_asked_for_once_and_gets_no_answer) {
    const std::string ack = in_dialog("ACK", ok, name).text();
    send(caller, ack);
    send(caller, ack);
    ASSERT_EQ(host.waiting.size(), 1U);
    answer(found_at_20);
    EXPECT_EQ(lines(), Lines{"ACK > 203.0.113.20:5060"});
    send(caller, ack);
    pass(13s);
    EXPECT_EQ(lines(), Lines{});
    answer(found_at_20);
    EXPECT_EQ(lines(), Lines{}) << "too late";
}

}  // namespace

}  // namespace sip::testing
