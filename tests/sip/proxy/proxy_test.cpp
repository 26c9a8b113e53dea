// tests/sip/proxy/proxy_test.cpp - RFC 3261 §16: what goes out, what comes back, and who is told what.
#include "sip/proxy/proxy.hpp"

#include <gtest/gtest.h>

#include "tests/sip/proxy_fixture.hpp"

namespace sip::testing {

namespace {

using Lines = std::vector<std::string>;

TEST_F(ProxyTest, an_INVITE_is_forwarded_to_the_contact_and_the_flow_that_the_phone_registered) {
    bob_has(desk, "<sip:bob-0x1@10.0.0.5:5062>");
    send(caller, call().text());
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.0.5:5062"}));
    const std::string invite = last_to(desk);
    EXPECT_TRUE(invite.starts_with("INVITE sip:bob-0x1@10.0.0.5:5062 SIP/2.0\r\n")) << invite;
    EXPECT_TRUE(field(invite, "Via").starts_with("SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK")) << invite;
    EXPECT_EQ(field(invite, "Via", 1),
              "SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKcall;received=10.0.0.9;rport=5070");
    EXPECT_EQ(field(invite, "Max-Forwards"), "69");
    EXPECT_EQ(field(invite, "To"), "<sip:bob@home.test>");
    EXPECT_TRUE(invite.ends_with("\r\n\r\n" + offer)) << "the body goes on untouched";
}

TEST_F(ProxyTest, an_INVITE_is_parsed_once_however_many_phones_it_goes_to_and_whatever_becomes_of_it) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    const std::string wire = call().text();
    const auto parses = [&](auto what) {
        const auto before = MessageView::parsed_so_far();
        what();
        return MessageView::parsed_so_far() - before;
    };
    EXPECT_EQ(parses([&] { send(caller, wire); }), 1U) << "in 0.4.0 it was six times for two phones";
    EXPECT_EQ(fresh().size(), 3U) << "a 100 and two INVITEs";
    // Its CANCELs and the ACK to an error need no more of it; of each message that comes, one.
    const std::string ringing = respond(last_to(desk), 180), busy = respond(last_to(desk), 486);
    EXPECT_EQ(parses([&] { send(desk, ringing); }), 1U);
    EXPECT_EQ(parses([&] { send(desk, busy); }), 1U);
    const std::string other = respond(last_to(mobile), 180);
    EXPECT_EQ(parses([&] { send(mobile, other); }), 1U);
    Request cancel = call();
    cancel.method = "CANCEL";
    const std::string cancel_wire = cancel.text();
    EXPECT_EQ(parses([&] { send(caller, cancel_wire); }), 1U);
    EXPECT_EQ(status_of(last_to(caller)), 200);
    EXPECT_TRUE(last_to(mobile).starts_with("CANCEL "));
    EXPECT_EQ(parses([&] { pass(33s); }), 0U) << "nobody answers: the 486 is told";
    EXPECT_EQ(status_of(last_to(caller)), 486);
}

TEST_F(ProxyTest, a_registered_Contact_says_where_to_call_and_not_how) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062;method=BYE;x=1?Subject=x&Replaces=y>");
    send(caller, call().text());
    EXPECT_TRUE(last_to(desk).starts_with("INVITE sip:bob@10.0.0.5:5062;x=1 SIP/2.0\r\n")) << last_to(desk);
}

TEST_F(ProxyTest, answers_come_back_without_our_Via_and_a_2xx_each_time_it_is_sent) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call().text());
    const std::string invite = last_to(desk);
    fresh();
    send(desk, respond(invite, 180));
    send(desk, respond(invite, 200));
    send(desk, respond(invite, 200));
    EXPECT_EQ(lines(), (Lines{"180 > 10.0.0.9:5070", "200 > 10.0.0.9:5070", "200 > 10.0.0.9:5070"}));
    const std::string ok = last_to(caller);
    EXPECT_TRUE(field(ok, "Via").starts_with("SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKcall")) << ok;
    EXPECT_EQ(field(ok, "Via", 1), "");
    pass(33s);
    send(desk, respond(invite, 200));
    EXPECT_EQ(lines(), Lines{}) << "RFC 6026: after timer M a stray goes nowhere";
    EXPECT_EQ(edge->proxied().strays, 1U);
}

TEST_F(ProxyTest, all_phones_ring_and_the_losers_are_cancelled) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk), to_mobile = last_to(mobile);
    EXPECT_EQ(fresh().size(), 3U);
    send(desk, respond(to_desk, 180, "d"));
    send(mobile, respond(to_mobile, 180, "m"));
    EXPECT_EQ(lines(), (Lines{"180 > 10.0.0.9:5070", "180 > 10.0.0.9:5070"}));
    send(mobile, respond(to_mobile, 200, "m"));
    EXPECT_EQ(lines(), (Lines{"200 > 10.0.0.9:5070", "CANCEL > 10.0.0.5:5062"}));
    const std::string cancel = last_to(desk);
    EXPECT_EQ(field(cancel, "Via"), field(to_desk, "Via"));
    EXPECT_EQ(field(cancel, "CSeq"), "1 CANCEL");
    EXPECT_EQ(field(cancel, "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"") << "RFC 3326";
    send(desk, respond(cancel, 200, "d"));
    send(desk, respond(to_desk, 487, "d"));
    EXPECT_EQ(lines(), Lines{"ACK > 10.0.0.5:5062"}) << "and the caller hears nothing of it";
}

TEST_F(ProxyTest, a_phone_not_heard_yet_is_cancelled_only_after_its_first_provisional) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk), to_mobile = last_to(mobile);
    fresh();
    send(mobile, respond(to_mobile, 200));
    EXPECT_EQ(lines(), Lines{"200 > 10.0.0.9:5070"}) << "RFC 3261 §9.1: no CANCEL before a provisional";
    send(desk, respond(to_desk, 180));
    EXPECT_EQ(lines(), Lines{"CANCEL > 10.0.0.5:5062"});
    EXPECT_EQ(field(last_to(desk), "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
}

TEST_F(ProxyTest, what_the_caller_says_of_his_CANCEL_is_told_to_every_phone_and_nothing_that_is_too_long) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    const std::string two = "SIP;cause=200;text=\"Call completed elsewhere\"", more = "Q.850;cause=26";
    for (const auto& [fields, told] : std::vector<std::pair<std::string, std::string>>{
             {"", ""},
             {"Reason: " + two + "\r\n", two},
             {"Reason: " + two + "\r\nReason: " + more + "\r\n", two + ", " + more},
             {"Reason: SIP;text=\"" + std::string(300, 'x') + "\"\r\n", ""}}) {
        Request request = call("z9hG4bKreason" + std::to_string(fields.size()));
        request.call_id = request.branch;
        send(caller, request.text());
        const std::string to_desk = last_to(desk);
        send(desk, respond(to_desk, 180));
        request.method = "CANCEL";
        request.body.clear();
        request.more = fields;
        send(caller, request.text());
        ASSERT_TRUE(last_to(desk).starts_with("CANCEL"));
        EXPECT_EQ(field(last_to(desk), "Reason"), told);
        send(desk, respond(to_desk, 487));
    }
}

TEST_F(ProxyTest, a_call_that_nobody_takes_ends_with_480_when_it_has_rung_for_long_enough) {
    config.rings = 30s;
    start();
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk), to_mobile = last_to(mobile);
    send(desk, respond(to_desk, 180));
    pass(20s);
    send(mobile, respond(to_mobile, 180));
    pass(9900ms);
    fresh();
    pass(100ms);
    EXPECT_EQ(lines(), (Lines{"CANCEL > 10.0.0.6:5064", "CANCEL > 10.0.0.5:5062"}));
    EXPECT_EQ(field(last_to(desk), "Reason"), "SIP;cause=480;text=\"Nobody answered\"");
    send(desk, respond(to_desk, 487));
    EXPECT_EQ(lines(), Lines{"ACK > 10.0.0.5:5062"}) << "the other is still waited for";
    send(mobile, respond(to_mobile, 487));
    EXPECT_EQ(lines(), (Lines{"ACK > 10.0.0.6:5064", "480 > 10.0.0.9:5070"}));
    pass(200s);
    EXPECT_EQ(edge->proxied().cancels, 2U) << "and it does not end twice";
}

TEST_F(ProxyTest, who_takes_the_call_in_the_last_moment_has_it) {
    config.rings = 30s;
    start();
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk);
    send(desk, respond(to_desk, 180));
    pass(30s);
    send(desk, respond(to_desk, 200));  // as the CANCEL was under way
    EXPECT_EQ(status_of(last_to(caller)), 200);
    pass(60s);
    EXPECT_EQ(status_of(last_to(caller)), 200);
}

TEST_F(ProxyTest, the_callers_CANCEL_reaches_every_phone_and_ends_with_487) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk), to_mobile = last_to(mobile);
    send(desk, respond(to_desk, 180));
    send(mobile, respond(to_mobile, 180));
    fresh();
    Request cancel = call();
    cancel.method = "CANCEL";
    cancel.body.clear();
    send(caller, cancel.text());
    EXPECT_EQ(lines(), (Lines{"200 > 10.0.0.9:5070", "CANCEL > 10.0.0.6:5064", "CANCEL > 10.0.0.5:5062"}));
    send(desk, respond(to_desk, 487));
    send(mobile, respond(to_mobile, 487));
    EXPECT_EQ(lines(), (Lines{"ACK > 10.0.0.5:5062", "ACK > 10.0.0.6:5064", "487 > 10.0.0.9:5070"}));
    send(caller, cancel.text());
    EXPECT_EQ(lines(), Lines{"200 > 10.0.0.9:5070"});
}

TEST_F(ProxyTest, a_cancelled_call_that_nobody_heard_is_487_at_once) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk);
    fresh();
    Request cancel = call();
    cancel.method = "CANCEL";
    send(caller, cancel.text());
    EXPECT_EQ(lines(), (Lines{"200 > 10.0.0.9:5070", "487 > 10.0.0.9:5070"}));
    send(desk, respond(to_desk, 180));
    EXPECT_EQ(lines(), Lines{"CANCEL > 10.0.0.5:5062"}) << "should it ring after all";
}

TEST_F(ProxyTest, the_best_refusal_is_told_once_all_have_refused) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk), to_mobile = last_to(mobile);
    fresh();
    send(desk, respond(to_desk, 486));
    EXPECT_EQ(lines(), Lines{"ACK > 10.0.0.5:5062"});
    send(mobile, respond(to_mobile, 500));
    EXPECT_EQ(lines(), (Lines{"ACK > 10.0.0.6:5064", "486 > 10.0.0.9:5070"}));
}

TEST_F(ProxyTest, a_6xx_ends_the_search_but_waits_for_a_2xx_that_is_under_way) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk), to_mobile = last_to(mobile);
    send(mobile, respond(to_mobile, 180));
    fresh();
    send(desk, respond(to_desk, 603));
    EXPECT_EQ(lines(), (Lines{"ACK > 10.0.0.5:5062", "CANCEL > 10.0.0.6:5064"}));
    EXPECT_EQ(field(last_to(mobile), "Reason"), "SIP;cause=603");
    send(mobile, respond(to_mobile, 200));
    EXPECT_EQ(lines(), Lines{"200 > 10.0.0.9:5070"});
}

TEST_F(ProxyTest, phones_of_lower_q_ring_after_those_of_higher_q) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>;q=0.9");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>;q=0.2");
    send(caller, call().text());
    const std::string to_desk = last_to(desk);
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 10.0.0.5:5062"}));
    send(desk, respond(to_desk, 180));
    pass(20s);
    fresh();
    send(desk, respond(to_desk, 487));
    EXPECT_EQ(lines(), (Lines{"ACK > 10.0.0.5:5062", "INVITE > 10.0.0.6:5064"}));
    send(mobile, respond(last_to(mobile), 486));
    EXPECT_EQ(lines(), (Lines{"ACK > 10.0.0.6:5064", "486 > 10.0.0.9:5070"}));
}

TEST_F(ProxyTest, challenges_of_all_branches_are_put_together) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk), to_mobile = last_to(mobile);
    send(desk, respond(to_desk, 401, "d", "WWW-Authenticate: Digest realm=\"desk\", nonce=\"1\"\r\n"));
    send(mobile, respond(to_mobile, 407, "m", "Proxy-Authenticate: Digest realm=\"m\", nonce=\"2\"\r\n"));
    const std::string answer = last_to(caller);
    EXPECT_EQ(status_of(answer), 401);
    EXPECT_EQ(field(answer, "WWW-Authenticate"), "Digest realm=\"desk\", nonce=\"1\"");
    EXPECT_EQ(field(answer, "Proxy-Authenticate"), "Digest realm=\"m\", nonce=\"2\"");
}

TEST_F(ProxyTest, timer_C_ends_a_call_that_rings_for_ever) {
    config.rings = 1h;  // as where somebody else's phones ring
    start();
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call().text());
    const std::string to_desk = last_to(desk);
    send(desk, respond(to_desk, 180));
    pass(100s);
    send(desk, respond(to_desk, 180));  // §16.7 step 2 starts it anew
    pass(184s);
    fresh();
    pass(1s);
    EXPECT_EQ(lines(), Lines{"CANCEL > 10.0.0.5:5062"});
    send(desk, respond(to_desk, 487));
    EXPECT_EQ(lines(), (Lines{"ACK > 10.0.0.5:5062", "408 > 10.0.0.9:5070"}));
}

TEST_F(ProxyTest, a_phone_that_is_silent_is_408_after_timer_B_and_its_INVITE_was_repeated) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call().text());
    for (int i = 0; i < 320; ++i)
        pass(100ms);
    const auto items = fresh();
    const auto repeated = std::count_if(
        items.begin(), items.end(), [](const auto& item) { return line(item) == "INVITE > 10.0.0.5:5062"; });
    EXPECT_EQ(repeated, 7);  // 0 .5 1.5 3.5 7.5 15.5 31.5
    ASSERT_FALSE(items.empty());
    EXPECT_EQ(status_of(last_to(caller)), 408);
}

TEST_F(ProxyTest, no_408_is_said_to_what_is_no_INVITE) {  // RFC 4320 §4.2
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request message = call();
    message.method = "MESSAGE";
    send(caller, message.text());
    EXPECT_EQ(lines(), Lines{"MESSAGE > 10.0.0.5:5062"});
    for (int i = 0; i < 330; ++i)
        pass(100ms);
    for (const auto& item : fresh()) {
        const bool up = item.flow == caller;
        EXPECT_EQ(line(item), up ? "100 > 10.0.0.9:5070" : "MESSAGE > 10.0.0.5:5062");
    }
}

TEST_F(ProxyTest, what_is_no_INVITE_gets_its_100_when_its_next_repetition_is_due) {  // RFC 4320 §4.1
    for (const Flow& from : {caller, tcp_flow()}) {
        bob_has(desk, "<sip:bob@10.0.0.5:5062>");
        Request message = call("z9hG4bK" + std::to_string(from.connection));
        message.method = "MESSAGE";
        send(from, message.text());
        pass(3499ms);
        fresh();
        pass(1ms);
        const auto told = fresh();
        const auto to_caller =
            std::count_if(told.begin(), told.end(), [&](const auto& item) { return item.flow == from; });
        EXPECT_EQ(to_caller, 1);
        EXPECT_EQ(status_of(last_to(from)), 100);
        send(desk, respond(last_to(desk), 200));
        EXPECT_EQ(status_of(last_to(from)), 200) << "and its answer, when that comes";
    }
}

TEST_F(ProxyTest, what_is_no_INVITE_and_was_answered_in_time_gets_no_100) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    Request message = call();
    message.method = "MESSAGE";
    send(caller, message.text());
    send(desk, respond(last_to(desk), 200));
    fresh();
    pass(10s);
    EXPECT_EQ(lines(), Lines{});
}

TEST_F(ProxyTest, of_provisionals_only_an_INVITEs_go_on) {  // RFC 4320 §4.1
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    for (const std::string method : {"MESSAGE", "SUBSCRIBE", "INVITE"}) {
        Request request = call("z9hG4bK" + method);
        request.method = method;
        send(caller, request.text());
        fresh();
        for (const int status : {100, 180, 183})
            send(desk, respond(last_to(desk), status));
        EXPECT_EQ(fresh().size(), method == "INVITE" ? 2U : 0U) << method;
        send(desk, respond(last_to(desk), 200));
        EXPECT_EQ(lines(), Lines{"200 > 10.0.0.9:5070"}) << method;
    }
}

TEST_F(ProxyTest, methods_that_we_do_not_serve_ourselves_pass_with_their_body) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    for (const std::string method : {"MESSAGE", "SUBSCRIBE", "NOTIFY", "REFER"}) {
        Request request = call("z9hG4bK" + method);
        request.method = method;
        request.body = std::string("a\0b\r\n\r\nc", 8);
        send(caller, request.text());
        const std::string onward = last_to(desk);
        EXPECT_TRUE(onward.starts_with(method + " sip:bob@10.0.0.5:5062 SIP/2.0\r\n")) << onward;
        EXPECT_TRUE(onward.ends_with(request.body)) << method;
        send(desk, respond(onward, 202));
        EXPECT_EQ(status_of(last_to(caller)), 202);
    }
}

TEST_F(ProxyTest, a_request_that_comes_round_again_is_482) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    send(caller, call().text());
    std::string back = last_to(desk);
    back.replace(0, back.find("\r\n"), "INVITE sip:bob@home.test SIP/2.0");
    fresh();
    send(desk, back);
    EXPECT_EQ(lines(), Lines{"482 > 10.0.0.5:5062"});
    std::string spiral = last_to(desk);  // with another Request-URI it is a spiral, and welcome
}

TEST_F(ProxyTest, a_request_without_Max_Forwards_gets_one_and_with_zero_goes_nowhere) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    std::string text = call().text();
    text.erase(text.find("Max-Forwards: 70\r\n"), 18);
    send(caller, text);
    EXPECT_EQ(field(last_to(desk), "Max-Forwards"), "70");
    text = call("z9hG4bKzero").text();
    text.replace(text.find("Forwards: 70"), 12, "Forwards: 0");
    fresh();
    send(caller, text);
    EXPECT_EQ(lines(), Lines{"483 > 10.0.0.9:5070"});
}

// As through a relay that holds each byte for six seconds: the call is answered by another way, and over.
TEST_F(ProxyTest, an_INVITE_that_comes_late_by_a_slow_way_rings_nobody_whose_phone_is_done_with_that_call) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    unsigned number = 0;
    const auto call_by = [&](const std::string& call_id, const std::string& branch) {
        Request request = call(branch);
        request.call_id = call_id;
        return request;
    };
    const auto rings_late = [&](const std::string& call_id) {
        fresh();
        send(mobile, call_by(call_id, "z9hG4bKslow" + std::to_string(++number)).text());
        const auto all = lines();
        return std::find(all.begin(), all.end(), "INVITE > 10.0.0.5:5062") != all.end();
    };
    const auto rings = [&](const std::string& call_id) {
        send(caller, call_by(call_id, "z9hG4bKfast" + std::to_string(++number)).text());
        const std::string invite = last_to(desk);
        EXPECT_TRUE(invite.starts_with("INVITE ")) << invite;
        return invite;
    };
    const std::string more = "Contact: <sip:bob@10.0.0.5:5062>\r\n";
    send(desk, respond(rings("answered"), 200, "b", more));
    EXPECT_FALSE(rings_late("answered"));
    EXPECT_EQ(status_of(last_to(mobile)), 482);
    pass(60s);
    EXPECT_FALSE(rings_late("answered")) << "longer than any transaction";

    send(desk, respond(rings("refused"), 486));
    EXPECT_FALSE(rings_late("refused"));

    const std::string ringing = rings("cancelled");
    send(desk, respond(ringing, 180));
    Request cancel = call_by("cancelled", "z9hG4bKfast" + std::to_string(number));
    cancel.method = "CANCEL";
    cancel.body.clear();
    cancel.more.clear();
    send(caller, cancel.text());
    send(desk, respond(ringing, 487));
    EXPECT_FALSE(rings_late("cancelled"));

    // While it rings, either way may be the one that brings the answer back; and whom nobody could reach by
    // the one may be reached by the other.
    (void)rings("ringing");
    EXPECT_TRUE(rings_late("ringing"));
    send(desk, respond(rings("unreached"), 503));
    EXPECT_TRUE(rings_late("unreached"));
    send(desk, respond(rings("elsewhere"), 380));
    EXPECT_TRUE(rings_late("elsewhere")) << "the other place may lead here again";
}

TEST_F(ProxyTest, who_calls_two_people_of_one_house_with_one_request_reaches_both) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    phone = mobile;
    register_alice("<sip:alice@10.0.0.6:5064>");
    send(caller, call("z9hG4bKone").text());
    send(desk, respond(last_to(desk), 486));
    Request to_alice = call("z9hG4bKtwo");
    to_alice.uri = "sip:alice@home.test";
    send(caller, to_alice.text());
    EXPECT_TRUE(last_to(mobile).starts_with("INVITE ")) << last_to(mobile);
}

// --- our own caller, foreign callee

struct OutwardTest : ProxyTest {
    const Flow first = udp_flow("192.0.2.1", 5060), second = udp_flow("192.0.2.2", 5060);
    OutwardTest() {
        host.at_once = RouteAnswer{
            302,
            {},
            {{"sip:bob@192.0.2.1:5060;transport=udp", 1.0}, {"sip:bob@192.0.2.2:5060;transport=udp", 0.5}},
            {},
            {}};
    }
    /// alice's authenticated call to a foreign name.
    void alice_calls(const std::string& branch = "z9hG4bKout") {
        Request request = call(branch);
        request.uri = "sip:bob@example.net";
        request.from = "<sip:alice@home.test>;tag=a";
        const std::string refusal = receive(request.text());
        acknowledge(request);
        request = authorized(request, refusal);
        seen = sent.items.size();
        send(caller, request.text());
    }
};

TEST_F(OutwardTest, the_credentials_for_us_go_no_further) {
    alice_calls();
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "INVITE > 192.0.2.1:5060"}));
    EXPECT_TRUE(last_to(first).starts_with("INVITE sip:bob@192.0.2.1:5060;transport=udp SIP/2.0\r\n"));
    EXPECT_EQ(field(last_to(first), "Authorization"), "");
}

TEST_F(OutwardTest, after_four_seconds_of_silence_the_next_contact_is_tried) {
    alice_calls();
    pass(3900ms);
    fresh();
    pass(100ms);
    EXPECT_EQ(lines(), Lines{"INVITE > 192.0.2.2:5060"});
    EXPECT_EQ(edge->proxied().failovers, 1U);
    send(second, respond(last_to(second), 180));
    send(second, respond(last_to(second), 486));
    EXPECT_EQ(status_of(last_to(caller)), 486) << "the silent one is not waited for";
}

// As through a relay that holds each byte for two seconds: the callee has the request twice.
TEST_F(OutwardTest, a_slow_way_that_has_brought_the_request_is_waited_for_when_the_next_one_says_482) {
    alice_calls();
    const std::string invite = last_to(first);
    pass(4s);
    fresh();
    send(second, respond(last_to(second), 482));
    for (const auto& line : lines())
        EXPECT_NE(line, "482 > 10.0.0.9:5070");
    send(first, respond(invite, 180));
    EXPECT_EQ(status_of(last_to(caller)), 180);
    send(first, respond(invite, 200));
    EXPECT_EQ(status_of(last_to(caller)), 200);
}

TEST_F(OutwardTest, a_slow_way_that_then_brings_nothing_ends_by_timer_B) {
    alice_calls();
    pass(4s);
    send(second, respond(last_to(second), 482));
    pass(29s);
    EXPECT_EQ(status_of(last_to(caller)), 408);
}

TEST_F(OutwardTest, whoever_speaks_first_after_a_silence_is_waited_for) {
    alice_calls();
    const std::string invite = last_to(first), again = [&] {
        pass(4s);
        return last_to(second);
    }();
    send(first, respond(invite, 100));
    send(second, respond(again, 482));
    fresh();
    send(first, respond(invite, 180));
    EXPECT_EQ(lines(), Lines{"180 > 10.0.0.9:5070"});
    send(first, respond(invite, 486));
    EXPECT_EQ(status_of(last_to(caller)), 486);
}

TEST_F(OutwardTest, the_other_way_round_the_late_one_is_cancelled) {
    alice_calls();
    const std::string invite = last_to(first);
    pass(4s);
    send(second, respond(last_to(second), 180));
    fresh();
    send(first, respond(invite, 180));
    EXPECT_EQ(lines(), Lines{"CANCEL > 192.0.2.1:5060"});
}

TEST_F(OutwardTest, a_503_or_a_broken_connection_moves_on_at_once_but_486_is_the_callees_word) {
    alice_calls();
    send(first, respond(last_to(first), 503));
    EXPECT_EQ(lines().back(), "INVITE > 192.0.2.2:5060");
    send(second, respond(last_to(second), 503));
    EXPECT_EQ(status_of(last_to(caller)), 500) << "RFC 3261 §16.7 step 6";
    alice_calls("z9hG4bKtwo");
    edge->flow_failed({Transport::udp, caller.local, first.remote, 0}, now);
    EXPECT_EQ(lines().back(), "INVITE > 192.0.2.2:5060");
    alice_calls("z9hG4bKthree");
    send(first, respond(last_to(first), 486));
    EXPECT_EQ(lines().back(), "486 > 10.0.0.9:5070");
}

TEST_F(OutwardTest, what_ICMP_says_of_a_callee_that_was_heard_is_not_believed) {
    alice_calls();
    send(first, respond(last_to(first), 180));
    fresh();
    edge->flow_failed({Transport::udp, caller.local, first.remote, 0}, now);
    EXPECT_EQ(lines(), Lines{}) << "anybody can send such a thing, and the phone rings";
    send(first, respond(last_to(first), 200));
    EXPECT_EQ(lines(), Lines{"200 > 10.0.0.9:5070"});
}

TEST_F(OutwardTest, a_callee_that_no_way_leads_to_is_480) {
    sent.reachable = false;
    alice_calls();
    EXPECT_EQ(lines(), (Lines{"100 > 10.0.0.9:5070", "480 > 10.0.0.9:5070"}));
}

TEST_F(OutwardTest, a_3xx_of_the_callees_edge_is_followed_but_only_to_addresses_that_may_be_called) {
    alice_calls();
    const std::string invite = last_to(first);
    send(first, respond(invite, 302, "b",
                        "Contact: <sip:evil@127.0.0.1:5060>\r\nContact: <sip:bob@192.0.2.77:5062>\r\n"));
    EXPECT_EQ(lines().back(), "INVITE > 192.0.2.77:5062");
    const Flow phone_there = udp_flow("192.0.2.77", 5062);
    send(phone_there, respond(last_to(phone_there), 302, "b", "Contact: <sip:bob@192.0.2.77:5062>\r\n"));
    EXPECT_EQ(status_of(last_to(caller)), 302) << "a loop is not followed";
}

TEST_F(OutwardTest, an_answer_of_the_host_that_comes_later_starts_the_call) {
    const RouteAnswer answer = *std::exchange(host.at_once, std::nullopt);
    alice_calls();
    EXPECT_EQ(lines(), Lines{});
    pass(200ms);
    EXPECT_EQ(lines(), Lines{"100 > 10.0.0.9:5070"});
    edge->answered(host.waiting.back(), answer, now);
    EXPECT_EQ(lines(), Lines{"INVITE > 192.0.2.1:5060"});
}

// --- RFC 5393

TEST_F(ProxyTest, the_breadth_of_a_request_is_divided_among_its_branches) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    send(caller, call().text());
    EXPECT_EQ(field(last_to(desk), "Max-Breadth"), "30") << "60 when nothing was said";
    Request narrow = call("z9hG4bKnarrow");
    narrow.more += "Max-Breadth: 5\r\n";
    send(caller, narrow.text());
    EXPECT_EQ(field(last_to(desk), "Max-Breadth"), "2");
    EXPECT_EQ(field(last_to(mobile), "Max-Breadth"), "2");
    EXPECT_EQ(field(last_to(mobile), "Max-Breadth", 1), "");
}

TEST_F(ProxyTest, a_request_that_may_not_be_forked_so_widely_is_440) {
    bob_has(desk, "<sip:bob@10.0.0.5:5062>");
    bob_has(mobile, "<sip:bob@10.0.0.6:5064>");
    Request narrow = call();
    narrow.more += "Max-Breadth: 1\r\n";
    send(caller, narrow.text());
    EXPECT_EQ(lines(), (std::vector<std::string>{"100 > 10.0.0.9:5070", "440 > 10.0.0.9:5070"}));
    EXPECT_EQ(edge->proxied().too_broad, 1U);
}

}  // namespace

}  // namespace sip::testing
