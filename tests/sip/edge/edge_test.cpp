// tests/sip/edge/edge_test.cpp - what each request is told, and that nobody relays through us (RFC 3261 §8.2,
// §16.3).
#include "sip/edge/edge.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

Request to_own(const std::string& user, const std::string& method = "INVITE") {
    Request request;
    request.method = method;
    request.uri = "sip:" + user + "@home.test";
    request.from = "<sip:stranger@elsewhere.test>;tag=s";
    return request;
}
Request options(const std::string& uri) {
    Request request;
    request.method = "OPTIONS";
    request.uri = uri;
    request.from = "<sip:stranger@elsewhere.test>;tag=s";
    return request;
}

TEST_F(EdgeTest, without_a_secret_it_does_not_start) {
    config.secret = {};
    EXPECT_THROW(start(), std::runtime_error);
}

TEST_F(EdgeTest, OPTIONS_to_ourselves_and_to_our_users_is_200_with_Allow_Accept_and_Supported) {
    for (const std::string uri :
         {"sip:home.test", "sip:127.0.0.2", "sip:127.0.0.2:5060", "sip:localhost", "sip:alice@home.test",
          "sip:ALICE@127.0.0.2", "sip:al%69ce@HOME.test.:5060"}) {
        Request request = options(uri);
        request.branch += std::to_string(sent.items.size());
        const auto answer = receive(request.text());
        EXPECT_EQ(status_of(answer), 200) << uri;
        for (const auto* name : {"Allow", "Accept", "Supported", "Server"})
            EXPECT_NE(field(answer, name), "") << name;
        EXPECT_NE(field(answer, "To").find(";tag="), std::string::npos);
    }
    EXPECT_EQ(status(options("sip:nobody@home.test").text()), 404);
    EXPECT_EQ(status(options("sip:alice%00@home.test").text()), 404);
    EXPECT_TRUE(host.questions.empty());
}

TEST_F(EdgeTest, requests_that_must_not_go_on_are_told_why) {
    const auto told = [&](const std::string& from, const std::string& to) {
        Request request = to_own("bob");
        std::string text = request.text();
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return status(text.replace(at, from.size(), to));
    };
    EXPECT_EQ(told("Max-Forwards: 70", "Max-Forwards: 0"), 483);
    EXPECT_EQ(told("Max-Forwards: 70", "Max-Forwards: 256"), 400);
    EXPECT_EQ(told("To: <sip:bob@example.net>", "To: <sip:bob@example.net>;tag=x"), 481);
    EXPECT_EQ(told("INVITE sip:bob@home.test", "INVITE tel:+123"), 416);
    EXPECT_EQ(told("INVITE sip:bob@home.test", "INVITE sip:home.test"), 405);
    EXPECT_EQ(told(" SIP/2.0\r\nVia", " SIP/3.0\r\nVia"), 505);
    EXPECT_EQ(told("CSeq: 1 INVITE", "CSeq: 1 BYE"), 400);
    EXPECT_EQ(told("Content-Length: 0", "Proxy-Require: foo, bar\r\nContent-Length: 0"), 420);
    EXPECT_EQ(field(sent.items.back().bytes, "Unsupported"), "foo, bar");
    EXPECT_EQ(status(to_own("bob", "FROBNICATE").text()), 501);
    EXPECT_EQ(status(to_own("bob", "BYE").text()), 481);
    Request message = to_own("bob", "MESSAGE");
    message.uri = "sip:home.test";
    const auto refused = receive(message.text());
    EXPECT_EQ(status_of(refused), 405);
    EXPECT_NE(field(refused, "Allow").find("OPTIONS"), std::string::npos);
}

TEST_F(EdgeTest, Require_is_for_the_one_who_serves_and_so_not_for_a_redirect) {
    Request ours = options("sip:home.test");
    ours.more = "Require: path, 100rel\r\n";
    const auto refused = receive(ours.text());
    EXPECT_EQ(status_of(refused), 420);
    EXPECT_EQ(field(refused, "Unsupported"), "path, 100rel");
    register_bob("<sip:bob@10.0.0.5>");
    host.at_once = redirect_to("sip:bob@10.0.0.5:5060");
    Request call = to_own("bob");
    call.more = "Require: 100rel\r\n";
    EXPECT_EQ(status(call.text()), 302);
}

TEST_F(EdgeTest, OPTIONS_with_no_hops_left_is_still_answered_for_ourselves) {
    std::string text = options("sip:home.test").text();
    text.replace(text.find("Forwards: 70"), 12, "Forwards: 0");
    EXPECT_EQ(status(text), 200);
}

TEST_F(EdgeTest, responses_junk_and_ACKs_get_no_answer) {
    EXPECT_EQ(
        receive("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\n"),
        "");
    EXPECT_EQ(receive("\r\n\r\n"), "");
    EXPECT_EQ(receive(std::string(2000, '\0')), "");
    EXPECT_EQ(receive("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "");
    EXPECT_EQ(receive(to_own("bob", "ACK").text()), "");
    EXPECT_EQ(receive(to_own("nobody", "ACK").text()), "");
    EXPECT_EQ(edge->counters().received, 6U);
    EXPECT_EQ(edge->counters().unreadable, 3U);
}

TEST_F(EdgeTest, a_stranger_reaches_our_user_but_no_unknown_one_and_none_who_is_away) {
    EXPECT_EQ(status(to_own("nobody").text()), 404);
    EXPECT_EQ(status(to_own("bob").text()), 480);
    acknowledge(to_own("bob"));
    register_bob("<sip:bob@10.0.0.5:5062>");
    host.at_once = redirect_to("sip:bob@10.0.0.5:5062;transport=udp");
    Request call = to_own("Bob");
    call.branch = "z9hG4bKtwo";
    const auto answer = receive(call.text());
    EXPECT_EQ(status_of(answer), 302);
    EXPECT_EQ(field(answer, "Contact"), "<sip:bob@10.0.0.5:5062;transport=udp>;q=1.0");
    ASSERT_EQ(host.questions.size(), 1U);
    const RouteQuestion& asked = host.questions[0];
    EXPECT_TRUE(asked.host_is_own);
    EXPECT_FALSE(asked.from_own_user);
    EXPECT_EQ(asked.caller, "");
    EXPECT_EQ(asked.dialled.user, "bob");
    EXPECT_EQ(asked.dialled.host, "home.test");
    EXPECT_EQ(edge->answers().at(302), 1U);
}

// Who calls (From, whose credentials) x where to, and what the call comes to.
TEST_F(EdgeTest, we_are_no_open_relay) {
    register_bob("<sip:bob@10.0.0.5>");
    host.at_once = redirect_to("sip:there@192.0.2.7:5060");
    const std::string own = "<sip:alice@home.test>", literal = "<sip:alice@127.0.0.2:9999>";
    const std::string foreign = "<sip:alice@elsewhere.test>", ghost = "<sip:ghost@home.test>";
    struct Case {
        std::string from, uri, user;
        int first, then;
    };
    int n = 0;
    for (const Case& c : std::vector<Case>{
             {own, "sip:x@example.net", "alice", 407, 302},
             {own, "sip:bob@home.test", "alice", 407, 302},
             {own, "sip:x@example.net", "bob", 407, 403},
             {own, "sip:bob@home.test", "bob", 407, 403},
             {own, "sip:x@example.net", "eve", 407, 407},
             {own, "sip:bob@home.test", "eve", 407, 407},
             {literal, "sip:bob@home.test", "alice", 407, 302},
             {literal, "sip:bob@home.test", "eve", 407, 407},
             {ghost, "sip:bob@home.test", "alice", 407, 403},
             {ghost, "sip:x@example.net", "eve", 407, 407},
             {foreign, "sip:x@example.net", "alice", 407, 302},
             {foreign, "sip:x@example.net", "eve", 407, 407},
             {foreign, "sip:x@10.0.0.5:5060", "eve", 407, 407},
             {foreign, "sip:x@127.0.0.2:9999", "eve", 407, 407},
             {foreign, "sip:10.0.0.5", "eve", 407, 407},
             {foreign, "sip:bob@home.test", "", 302, 0},
             {foreign, "sip:bob%40example.net@home.test", "eve", 407, 407},
             {foreign, "sip:bob%40home.test@home.test", "eve", 407, 407},
         }) {
        for (const std::string method : {"INVITE", "MESSAGE", "SUBSCRIBE"}) {
            Request request;
            request.method = method;
            request.from = c.from + ";tag=t";
            request.uri = c.uri;
            request.branch = "z9hG4bKmatrix" + std::to_string(++n);
            const auto asked = host.questions.size();
            const auto answer = receive(request.text());
            EXPECT_EQ(status_of(answer), c.first) << c.from << c.uri;
            if (c.first != 407) continue;
            EXPECT_EQ(host.questions.size(), asked);
            acknowledge(request);
            const auto password = c.user == "alice" ? "wonderland" : c.user == "bob" ? "builder" : "guess";
            EXPECT_EQ(status(authorized(request, answer, c.user, password).text()), c.then)
                << c.from << c.uri << c.user;
            EXPECT_EQ(host.questions.size(), asked + (c.then == 302 ? 1 : 0));
            if (c.then != 302) continue;
            EXPECT_TRUE(host.questions.back().from_own_user);
            EXPECT_EQ(host.questions.back().caller, "sip:alice@" + key_name);
        }
    }
    EXPECT_GT(edge->counters().relay_refused, 0U);
}

TEST_F(EdgeTest, a_name_that_the_phone_cannot_resolve_is_dialled_in_percent_form) {
    host.at_once = redirect_to("sip:bob@192.0.2.7:5060;transport=udp");
    Request request;
    request.uri = "sip:bob%40" + key_name.substr(0, 10) + ".hedge.alt@127.0.0.2";
    EXPECT_EQ(status_of(as_alice(request)), 302);
    const RouteQuestion& asked = host.questions.at(0);
    EXPECT_EQ(asked.uri, "sip:bob@" + key_name.substr(0, 10) + ".hedge.alt");
    EXPECT_EQ(asked.dialled.user, "bob");
    EXPECT_EQ(asked.dialled.host, key_name.substr(0, 10) + ".hedge.alt");
    EXPECT_FALSE(asked.host_is_own);
    EXPECT_TRUE(asked.from_own_user);
    request.uri = "sip:bob%40192.0.2.1%3A5080@127.0.0.2";
    request.branch = "z9hG4bKport";
    EXPECT_EQ(status_of(as_alice(request)), 302);
    EXPECT_EQ(host.questions.at(1).dialled.port, 5080);
}

TEST_F(EdgeTest, the_percent_form_holds_one_user_and_one_host_and_nothing_else) {
    for (const std::string user :
         {"bob%40", "%40host", "bob%40ho%40st", "bob%40host%0D%0AX-A%3Ab", "bob%40host%00", "bob%40host%3Blr",
          "bob%40host%3Fa%3Db", "b%3Apw%40host", "sips%3Abob%40host", "bob%40host%20x", "b%3Bx%40host",
          "bob%40%3Chost%3E", "bob%2540x%40h%40", "bob%2540x%40host"}) {
        Request request;
        request.uri = "sip:" + user + "@127.0.0.2";
        request.branch = "z9hG4bKbad" + user;
        EXPECT_EQ(status(request.text()), 404) << user;
    }
    EXPECT_TRUE(host.questions.empty());
}

TEST_F(EdgeTest, our_own_phone_may_ask_for_a_local_name_that_is_no_user_because_it_may_be_a_petname) {
    host.at_once = RouteAnswer{404, {}, {}, {}, {}};
    Request request;
    request.uri = "sip:mum@home.test";
    EXPECT_EQ(status_of(as_alice(request)), 404);
    ASSERT_EQ(host.questions.size(), 1U);
    EXPECT_TRUE(host.questions[0].host_is_own);
}

TEST_F(EdgeTest, REGISTER_for_another_domain_is_403_and_of_an_unknown_address_404) {
    Request request = registration("<sip:alice@10.0.0.9>");
    request.uri = "sip:example.com";
    EXPECT_EQ(status(request.text()), 403);
    request = registration("<sip:alice@10.0.0.9>");
    request.to = "<sip:alice@example.com>";
    EXPECT_EQ(status(request.text()), 404);
    request.to = "<isbn:2983792873>";
    request.branch += "x";
    EXPECT_EQ(status(request.text()), 404);
}

TEST_F(EdgeTest, the_same_request_by_two_ways_is_served_once_and_482_the_second_time) {  // §8.2.2.2
    register_bob("<sip:bob@10.0.0.5:5062>");
    host.at_once = RouteAnswer{480, {}, {}, {}, {}};
    Request request = to_own("bob");
    EXPECT_EQ(status(request.text()), 480);
    request.branch += "other";
    EXPECT_EQ(status(request.text()), 482);
    EXPECT_EQ(status(request.text()), 482) << "and its retransmission";
    phone = udp_flow("10.0.0.77");
    request.branch += "third";
    EXPECT_EQ(status(request.text()), 482) << "from wherever it comes";
    request.cseq += 1;
    request.branch += "next";
    EXPECT_EQ(status(request.text()), 480) << "another request";
    pass(40s);
    request.branch += "late";
    EXPECT_EQ(status(request.text()), 480) << "the first is forgotten with its transaction";
    request.method = "MESSAGE";
    EXPECT_EQ(status(request.text()), 480) << "another method";
}

TEST_F(EdgeTest, a_challenge_is_no_service) {
    Request request;
    EXPECT_EQ(status(request.text()), 407);
    request.branch += "other";
    EXPECT_EQ(status(request.text()), 407);
}

TEST_F(EdgeTest, a_broken_stream_is_answered_400_and_closed) {
    std::string text = to_own("bob").text();
    text.replace(text.find("Content-Length: 0"), 17, "Content-Length: -1");
    edge->broken_stream(tcp_flow(), text, Errc::bad_framing, now);
    ASSERT_EQ(sent.items.size(), 1U);
    EXPECT_EQ(status_of(sent.items[0].bytes), 400);
    EXPECT_EQ(sent.closed, std::vector<Flow>{tcp_flow()});
    edge->broken_stream(tcp_flow(), "", Errc::bad_framing, now);
    edge->broken_stream(tcp_flow(), to_own("bob", "ACK").text(), Errc::bad_framing, now);
    EXPECT_EQ(sent.items.size(), 1U);
    EXPECT_EQ(sent.closed.size(), 3U);
}

TEST_F(EdgeTest, a_message_that_is_too_large_is_answered_513_and_closed) {
    std::string text = to_own("bob").text();
    text.replace(text.find("Content-Length: 0"), 17, "Content-Length: 200000");
    edge->broken_stream(tcp_flow(), text, Errc::too_large, now);
    ASSERT_EQ(sent.items.size(), 1U);
    EXPECT_EQ(status_of(sent.items[0].bytes), 513);
    EXPECT_EQ(sent.closed, std::vector<Flow>{tcp_flow()});
}

TEST_F(EdgeTest, a_length_that_cuts_a_WebSocket_message_is_refused) {
    for (const Transport web : {Transport::ws, Transport::wss}) {
        Flow flow = tcp_flow();
        flow.transport = web;
        Request request = to_own("bob", "OPTIONS");
        request.branch += name(web);
        request.body = "caf\xc3\xa9";
        std::string text = request.text();
        const auto at = text.find("Content-Length: 5");
        ASSERT_NE(at, std::string::npos) << text;
        text.replace(at, 17, "Content-Length: 4");
        sent.items.clear();
        edge->receive(flow, text, now);
        ASSERT_EQ(sent.items.size(), 1U);
        EXPECT_EQ(status_of(sent.items[0].bytes), 400);
        sent.items.clear();
        request.branch += "x";
        edge->receive(flow, request.text(), now);
        ASSERT_EQ(sent.items.size(), 1U);
        EXPECT_NE(status_of(sent.items[0].bytes), 400);
        edge->receive(udp_flow(), text, now);
        EXPECT_NE(status_of(sent.items.back().bytes), 400) << "RFC 3261 §18.3: bytes beyond are discarded";
    }
}

TEST_F(EdgeTest, a_connection_is_kept_once_somebody_has_logged_in_on_it) {
    const Flow flow = tcp_flow();
    edge->receive(flow, to_own("bob", "OPTIONS").text(), now);
    edge->receive(flow, registration("<sip:alice@10.0.0.9>").text(), now);
    EXPECT_TRUE(sent.kept.empty()) << "a challenge proves nothing";
    register_alice("<sip:alice@10.0.0.9>", 3);
    EXPECT_EQ(sent.kept, std::vector<Flow>{phone});
}

}  // namespace

}  // namespace sip::testing
