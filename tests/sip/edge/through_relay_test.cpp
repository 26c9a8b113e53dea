// tests/sip/edge/through_relay_test.cpp - calls to somebody whom nobody can call, through a relay: never by a
// 302, after his own addresses, and all of the dialog over the one connection.
#include <gtest/gtest.h>

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {

namespace {

using Lines = std::vector<std::string>;

RouteContact relayed(const char* relay, const char* token) {
    RouteContact contact{"sip:carol@relay.alt;transport=tls", 1.0};
    contact.hop =
        NextHop{Transport::tls, {asio::ip::make_address(relay), 5061}, {{}, KeyHash{7}, std::string(token)}};
    return contact;
}

RouteAnswer through_two() {
    RouteAnswer answer;
    answer.status = 302;
    answer.contacts = {relayed("192.0.2.50", "aaaa"), relayed("192.0.2.51", "bbbb")};
    answer.gives_tls = true;
    return answer;
}

struct ThroughRelay : ProxyTest {
    int calls = 0;
    void call_carol(const RouteAnswer& answer) {
        host.at_once = answer;
        phone = caller;
        Request request = call();
        request.uri = "sip:carol@elsewhere.test";
        request.to = "<sip:carol@elsewhere.test>";
        request.from = "<sip:alice@home.test>;tag=s";
        request.more = "User-Agent: baresip v1.0.0\r\n" + request.more;
        request.call_id = request.branch += std::to_string(++calls);
        const std::string refusal = receive(request.text());
        EXPECT_EQ(status_of(refusal), 407);
        acknowledge(request);
        fresh();
        send(caller, authorized(request, refusal).text());
    }
    /// What the call is answered with, as Alice's phone has it; the flow to the relay is `over`.
    std::string established(Flow& over) {
        call_carol(through_two());
        const auto item = sent.items.back();
        over = item.flow;
        send(over, respond(item.bytes, 200, "c", "Contact: <sip:carol@192.168.7.7:5060>\r\n"));
        const std::string ok = last_to(caller);
        fresh();
        return ok;
    }
};

TEST_F(ThroughRelay, the_relay_is_asked_for_him_by_token_and_his_own_key_is_expected) {
    call_carol(through_two());
    ASSERT_EQ(sent.expected.size(), 1U);
    EXPECT_EQ(sent.expected[0], (PeerExpectation{{}, KeyHash{7}, "aaaa"}));
    EXPECT_EQ(lines().back(), "INVITE > 192.0.2.50:5061");
    EXPECT_TRUE(sent.items.back().bytes.starts_with("INVITE sip:carol@relay.alt;transport=tls SIP/2.0\r\n"));
}

TEST_F(ThroughRelay, a_phone_is_never_redirected_to_a_relay_whatever_is_wished) {
    for (const auto delivery : {Delivery::redirect, Delivery::automatic}) {
        config.delivery = delivery;
        config.require_tls = false;
        start();
        call_carol(through_two());
        EXPECT_EQ(lines().back(), "INVITE > 192.0.2.50:5061");
    }
    RouteAnswer both = redirect_to("sip:carol@192.0.2.7:5060;transport=udp");
    both.contacts.push_back(relayed("192.0.2.50", "aaaa"));
    config.delivery = Delivery::redirect;
    start();
    call_carol(both);
    EXPECT_EQ(status_of(last_to(caller)), 302);
    EXPECT_EQ(last_to(caller).find("relay.alt"), std::string::npos) << last_to(caller);
}

TEST_F(ThroughRelay, his_own_addresses_come_first) {
    config.require_tls = false;
    start();
    RouteAnswer both = redirect_to("sip:carol@192.0.2.7:5060;transport=udp", 0.3);
    both.contacts.push_back(relayed("192.0.2.50", "aaaa"));
    call_carol(both);
    EXPECT_EQ(lines().back(), "INVITE > 192.0.2.7:5060");
    pass(4s);
    EXPECT_EQ(lines().back(), "INVITE > 192.0.2.50:5061");
}

// A record with an IPv6 address behind a firewall: nothing comes back, not even a refusal.
TEST_F(ThroughRelay,
       a_connection_that_does_not_come_about_in_a_second_and_a_half_is_given_up_for_the_next_way) {
    call_carol(through_two());
    const Flow first = sent.items.back().flow;
    fresh();
    pass(1400ms);
    EXPECT_EQ(lines(), Lines{});
    pass(100ms);
    EXPECT_EQ(lines(), Lines{"INVITE > 192.0.2.51:5061"});
    EXPECT_EQ(sent.closed, std::vector{first}) << "else both would ring, should it come about late";
    EXPECT_EQ(edge->proxied().failovers, 1U);
    fresh();
    pass(5s);
    EXPECT_EQ(lines(), Lines{}) << "the last way is waited for";
    EXPECT_EQ(sent.closed.size(), 1U);
}

TEST_F(ThroughRelay, one_that_came_about_has_four_seconds_to_say_something) {
    call_carol(through_two());
    sent.peers[sent.items.back().flow] = {};
    fresh();
    pass(1500ms);
    pass(2400ms);
    EXPECT_EQ(lines(), Lines{});
    pass(100ms);
    EXPECT_EQ(lines(), Lines{"INVITE > 192.0.2.51:5061"});
    EXPECT_TRUE(sent.closed.empty()) << "it may serve other calls";
}

TEST_F(ThroughRelay, when_one_relay_is_dead_the_other_is_taken_and_without_any_it_is_said) {
    call_carol(through_two());
    fresh();
    edge->flow_failed(sent.items.back().flow, now);
    EXPECT_EQ(lines(), Lines{"INVITE > 192.0.2.51:5061"});
    EXPECT_EQ(sent.expected.back().through, "bbbb");
    edge->flow_failed(sent.items.back().flow, now);
    EXPECT_EQ(lines(), Lines{"480 > 10.0.0.9:5070"});
    EXPECT_NE(field(last_to(caller), "Warning").find("TLS"), std::string::npos);
}

TEST_F(ThroughRelay, ACK_and_BYE_go_over_the_connection_of_the_call_wherever_his_Contact_says) {
    Flow over;
    const std::string ok = established(over);
    const auto opened = sent.expected.size();
    send(caller, in_dialog("ACK", ok, "sip:carol@192.168.7.7:5060").text());
    ASSERT_FALSE(sent.items.empty());
    EXPECT_EQ(sent.items.back().flow, over);
    send(caller, in_dialog("BYE", ok, "sip:carol@192.168.7.7:5060").text());
    EXPECT_EQ(sent.items.back().flow, over);
    EXPECT_TRUE(sent.items.back().bytes.starts_with("BYE sip:carol@192.168.7.7:5060 SIP/2.0\r\n"));
    EXPECT_EQ(sent.expected.size(), opened) << "no other is opened, and nothing goes to 192.168.7.7";
}

TEST_F(ThroughRelay, his_BYE_comes_back_over_it) {
    Flow over;
    call_carol(through_two());
    const auto item = sent.items.back();
    over = item.flow;
    const std::string said = respond(item.bytes, 200, "c", "Contact: <sip:carol@192.168.7.7:5060>\r\n");
    send(over, said);
    fresh();
    send(over, in_dialog("BYE", said, "sip:stranger@10.0.0.9:5070", true).text());
    EXPECT_EQ(lines(), Lines{"BYE > 10.0.0.9:5070"});
}

TEST_F(ThroughRelay, when_the_connection_has_ended_another_to_the_same_is_made) {
    Flow over;
    const std::string ok = established(over);
    sent.dead.push_back(over);
    Flow anew = over;
    anew.connection = 4711;
    sent.made_again[over] = anew;
    send(caller, in_dialog("BYE", ok, "sip:carol@192.168.7.7:5060").text());
    EXPECT_EQ(sent.items.back().flow, anew);
}

}  // namespace

}  // namespace sip::testing
