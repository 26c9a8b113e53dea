// tests/sip/edge/request_forwarder_test.cpp - what the host is asked of a request, and what becomes of it by
// the answer, without one, and when it is cancelled.
#include "sip/edge/request_forwarder.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

struct RequestForwarderTest : ::testing::Test {
    RequestForwarderTest() {
        config.secret = secret;
        config.domains = {"home.test"};
        config.forwards = true;
        config.delivery = Delivery::proxy;
        users.users["bob"] = credentials_of("bob", config.realm, "builder");
        host.call_rule = [](const NextHop& hop) { return hop.endpoint.port == 5060; };
    }
    static Request call() {
        Request request;
        request.uri = "sip:bob@home.test";
        request.to = "<sip:bob@home.test>";
        return request;
    }
    // The request with its transaction open, as the edge hands it over.
    template <typename F>
    void with(const std::string& text, F&& f) {
        const auto message = MessageView::parse(text);
        const Arrival a{*message, flow, responder.transactions().key_of(*message, flow), now};
        ASSERT_TRUE(responder.open(a.key, *message, flow));
        responder.prove(a.key);  // else there is no 100 to so short a request
        f(a);
    }
    void ask(const Request& request, const std::string& user = {}) {
        with(request.text(), [&](const Arrival& a) {
            forwarder.ask(a, *target_of(a.message.request_uri(), own, flow), user, {});
        });
    }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        forwarder.on_time(now);
    }
    // Statuses and methods that were sent since the last look.
    std::vector<std::string> sent_now() {
        std::vector<std::string> all;
        for (const auto& item : std::exchange(output.items, {})) {
            const auto m = MessageView::parse(item.bytes);
            all.push_back(m->is_request() ? std::string(m->method_text()) : std::to_string(m->status()));
        }
        return all;
    }

    EdgeConfig config;
    UserTable users;
    MemoryStore store;
    ScriptedHost host;
    Sent output;
    Now now{std::chrono::steady_clock::time_point{} + 1000h, std::chrono::sys_seconds{1'800'000'000s}};
    const Flow flow = udp_flow();
    OwnHosts own{{"home.test"}, {{asio::ip::make_address("0.0.0.0"), 5060}}};
    Registrar phones{{60s, 7200s, 3600s, 16}, store, now};
    Responder responder{"", secret, {100}, output};
    Dialogs dialogs{secret};
    RequestForwarder forwarder{config, {users, phones, own}, dialogs, host, responder, output};
};

using Lines = std::vector<std::string>;

TEST_F(RequestForwarderTest, a_call_waits_for_the_host_with_a_100_after_200_ms_and_a_504_after_12_s) {
    ask(call());
    pass(199ms);
    EXPECT_EQ(sent_now(), Lines{});
    pass(1ms);
    EXPECT_EQ(sent_now(), Lines{"100"});
    EXPECT_EQ(forwarder.next_wake(), now.steady - 200ms + PendingRoutes::deadline);
    pass(12s);
    EXPECT_EQ(sent_now(), Lines{"504"});
    forwarder.answered(host.waiting.at(0), redirect_to("sip:bob@192.0.2.5:5060"), now);
    EXPECT_EQ(sent_now(), Lines{}) << "too late";
}

TEST_F(RequestForwarderTest, what_the_host_finds_is_called_and_what_it_does_not_find_is_told) {
    ask(call());
    forwarder.answered(host.waiting.at(0), redirect_to("sip:bob@192.0.2.5:5060"), now);
    EXPECT_EQ(sent_now(), (Lines{"100", "INVITE"}));
    EXPECT_EQ(dialogs.size(), 1U);
    Request other = call();
    other.branch = "z9hG4bKother";
    other.call_id = "c2@phone";
    ask(other);
    RouteAnswer nobody;
    nobody.status = 404;
    forwarder.answered(host.waiting.at(1), nobody, now);
    EXPECT_EQ(sent_now(), Lines{"404"});
}

TEST_F(RequestForwarderTest, a_call_that_is_cancelled_while_it_waits_gets_487_and_goes_nowhere) {
    const Request request = call();
    ask(request);
    const Request cancel = [&] {
        Request same = request;
        same.method = "CANCEL";
        return same;
    }();
    const std::string text = cancel.text();
    forwarder.cancel(host.waiting.at(0).key, *MessageView::parse(text), now);
    EXPECT_EQ(sent_now(), Lines{"487"});
    forwarder.answered(host.waiting.at(0), redirect_to("sip:bob@192.0.2.5:5060"), now);
    EXPECT_EQ(sent_now(), Lines{});
}

TEST_F(RequestForwarderTest, the_host_hears_who_of_ours_calls_unless_he_hides_it) {
    ask(call(), "alice");
    EXPECT_EQ(host.questions.at(0).caller, "sip:alice@home.test");
    EXPECT_TRUE(host.questions.at(0).from_own_user);
    Request hidden = call();
    hidden.branch = "z9hG4bKhidden";
    hidden.more = "Privacy: id\r\n";
    ask(hidden, "alice");
    EXPECT_EQ(host.questions.at(1).caller, "");
    EXPECT_TRUE(host.questions.at(1).from_own_user);
}

TEST_F(RequestForwarderTest, a_route_that_the_host_does_not_allow_is_not_gone_and_nothing_is_sent) {
    Request request;
    with(request.text(), [&](const Arrival& a) {
        EXPECT_FALSE(forwarder.by_route(a, "alice", {"<sip:192.0.2.5:22;lr>"}));
        EXPECT_EQ(sent_now(), Lines{});
        EXPECT_TRUE(forwarder.by_route(a, "alice", {"<sip:192.0.2.5:5060;lr>"}));
        EXPECT_EQ(sent_now(), (Lines{"100", "INVITE"}));
    });
}

}  // namespace

}  // namespace sip::testing
