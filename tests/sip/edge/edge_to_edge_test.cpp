// tests/sip/edge/edge_to_edge_test.cpp - the whole edge in calls between two nodes over TLS: which contact is
// taken, what is expected of the peer, and the way back.
#include <gtest/gtest.h>

#include "sip/edge/redirect_or_proxy.hpp"
#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {

namespace {

using Lines = std::vector<std::string>;

Flow tls_flow(const char* remote, std::uint64_t connection = 9) {
    return {Transport::tls,
            {asio::ip::make_address("127.0.0.2"), 5061},
            {asio::ip::make_address(remote), 40002},
            connection};
}

struct EdgeToEdge : ProxyTest {
    RouteAnswer clear_and_pinned() {
        RouteAnswer answer = redirect_to("sip:carol@192.0.2.7:5060;transport=udp");
        RouteContact tls{"sip:carol@192.0.2.7:5061;transport=tls", 1.0};
        tls.hop = NextHop{Transport::tls, {asio::ip::make_address("192.0.2.7"), 5061}, {{}, KeyHash{7}}};
        answer.contacts.push_back(tls);
        answer.gives_tls = true;
        return answer;
    }
    std::string more;
    void call_carol() { call_carol(clear_and_pinned()); }
    void call_carol(const RouteAnswer& answer) { send(caller, call_to_carol(answer, more)); }
};

TEST_F(EdgeToEdge, the_edge_that_is_known_by_its_key_is_called_over_TLS_first) {
    call_carol();
    ASSERT_EQ(sent.expected.size(), 1U);
    EXPECT_EQ(sent.expected[0], (PeerExpectation{{}, KeyHash{7}}));
    const auto& item = sent.items.back();
    EXPECT_EQ(item.flow.transport, Transport::tls);
    EXPECT_TRUE(field(item.bytes, "Via").starts_with("SIP/2.0/TLS 127.0.0.2:5061;")) << item.bytes;
    EXPECT_TRUE(field(item.bytes, "Record-Route").ends_with("@127.0.0.2:5061;transport=tls;lr>"));
    EXPECT_TRUE(field(item.bytes, "Record-Route", 1).ends_with("@127.0.0.2:5060;lr>"));
}

TEST_F(EdgeToEdge, when_TLS_fails_the_call_ends_and_says_why_and_nothing_goes_in_clear) {
    call_carol();
    fresh();
    edge->flow_failed(sent.items.back().flow, now);
    EXPECT_EQ(lines(), Lines{"480 > 10.0.0.9:5070"});
    EXPECT_NE(field(last_to(caller), "Warning").find("TLS"), std::string::npos) << last_to(caller);
    pass(40s);
    for (const auto& item : sent.items)
        EXPECT_NE(to_string(item.flow.remote), "192.0.2.7:5060") << item.bytes;
}

TEST_F(EdgeToEdge, a_record_whose_TLS_address_may_not_be_called_is_not_called_in_clear_either) {
    RouteAnswer answer = redirect_to("sip:carol@192.0.2.7:5060;transport=udp");
    answer.gives_tls = true;
    call_carol(answer);
    EXPECT_EQ(status_of(last_to(caller)), 480);
    EXPECT_NE(field(last_to(caller), "Warning").find("TLS"), std::string::npos);
    EXPECT_EQ(last_to(udp_flow("192.0.2.7", 5060)), "");
}

TEST_F(EdgeToEdge, one_without_TLS_is_called_in_clear) {
    call_carol(redirect_to("sip:carol@192.0.2.7:5060;transport=udp"));
    EXPECT_EQ(lines().back(), "INVITE > 192.0.2.7:5060");
}

TEST_F(EdgeToEdge, who_prefers_TLS_to_requiring_it_calls_in_clear_when_it_fails) {
    config.require_tls = false;
    start();
    call_carol();
    fresh();
    edge->flow_failed(sent.items.back().flow, now);
    EXPECT_EQ(lines(), Lines{"INVITE > 192.0.2.7:5060"});
}

TEST_F(EdgeToEdge, in_auto_a_phone_that_follows_redirects_is_passed_on_to_who_does_TLS) {
    config.delivery = Delivery::automatic;
    start();
    more = "User-Agent: baresip v1.0.0\r\n";
    call_carol();
    EXPECT_EQ(sent.items.back().flow.transport, Transport::tls);
    call_carol(redirect_to("sip:carol@10.0.3.7:5060;transport=udp"));
    EXPECT_EQ(status_of(last_to(caller)), 302) << "and redirected to who does not";
}

TEST_F(EdgeToEdge, who_brings_back_a_clear_contact_of_one_that_does_TLS_is_passed_on_by_TLS) {
    config.delivery = Delivery::redirect;
    start();
    call_carol();
    ASSERT_EQ(status_of(last_to(caller)), 302);
    const std::string given(uri_in(field(last_to(caller), "Contact")));
    ASSERT_NE(given.find("transport=udp"), std::string::npos);
    Request back = call("z9hG4bKback");
    back.uri = given;
    back.from = "<sip:alice@home.test>;tag=s";
    back.call_id = "back";
    const std::string refusal = receive(back.text());
    acknowledge(back);
    fresh();
    send(caller, authorized(back, refusal).text());
    ASSERT_EQ(sent.expected.size(), 1U);
    EXPECT_EQ(sent.expected[0], (PeerExpectation{{}, KeyHash{7}}));
    EXPECT_EQ(lines().back(), "INVITE > 192.0.2.7:5061");
}

TEST_F(EdgeToEdge, what_the_callee_sends_goes_back_over_the_connection_of_the_callers_edge) {
    const Flow from_edge = tls_flow("192.0.2.8");
    sent.peers[from_edge] = {KeyHash{8}, KeyHash{1}, {}};
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request invite = call();
    invite.more += "Record-Route: <sip:token@192.0.2.8:5061;transport=tls;lr>\r\n";
    send(from_edge, invite.text());
    const std::string ok = respond(last_to(desk), 200, "b", "Contact: <sip:bob@10.0.0.5:5062>\r\n");
    send(desk, ok);
    fresh();
    send(desk, in_dialog("BYE", ok, "sip:stranger@192.0.2.9:5070", true).text());
    const auto items = fresh();
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].flow, from_edge) << "and not over a connection of ours to the address in its Route";
}

TEST_F(EdgeToEdge, a_phone_in_a_browser_is_called_over_its_connection_and_named_as_the_RFC_wants) {
    const Flow browser{Transport::wss,
                       {asio::ip::make_address("127.0.0.2"), 8443},
                       {asio::ip::make_address("10.0.0.5"), 40003},
                       11};
    bob_has(browser, "<sip:bob@a1b2c3.invalid;transport=ws>");
    send(caller, call().text());
    const std::string invite = last_to(browser);
    EXPECT_TRUE(invite.starts_with("INVITE sip:bob@a1b2c3.invalid;transport=ws SIP/2.0\r\n")) << invite;
    EXPECT_TRUE(field(invite, "Via").starts_with("SIP/2.0/WSS 127.0.0.2:8443;")) << invite;
    EXPECT_TRUE(field(invite, "Record-Route").ends_with("@127.0.0.2:8443;transport=ws;lr>")) << invite;
    const std::string ok = respond(invite, 200, "b", "Contact: <sip:bob@a1b2c3.invalid;transport=ws>\r\n");
    send(browser, ok);
    EXPECT_EQ(lines().back(), "200 > 10.0.0.9:5070");
    send(caller, in_dialog("BYE", last_to(caller), "sip:bob@a1b2c3.invalid;transport=ws").text());
    EXPECT_EQ(sent.items.back().flow, browser);
}

}  // namespace

}  // namespace sip::testing
