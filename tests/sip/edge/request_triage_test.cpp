// tests/sip/edge/request_triage_test.cpp - what a request alone says about its answer, as a table (RFC 3261
// §8.2, §16.3).
#include "sip/edge/request_triage.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

// "register", "route", or the status that it is answered with.
std::string triage(const Request& request, bool user_exists) {
    const std::string wire = request.text();
    const auto message = MessageView::parse(wire);
    const auto target = target_of(message->request_uri(), OwnHosts({"home.test"}, {}), udp_flow());
    const Triage triage = triage_of(*message, *target, user_exists);
    switch (triage.kind) {
        case Triage::Kind::answer: return std::to_string(triage.answer.status);
        case Triage::Kind::registration: return "register";
        case Triage::Kind::route: return "route";
    }
    return {};
}

TEST(RequestTriage, says_what_is_answered_what_registers_and_what_is_routed) {
    struct Row {
        const char *method, *uri, *to, *more, *for_a_user, *for_nobody;
    };
    const char *new_call = "<sip:bob@home.test>", *dialog = "<sip:bob@home.test>;tag=x";
    for (const Row& row : std::vector<Row>{
             {"REGISTER", "sip:home.test", new_call, "", "register", "register"},
             {"REGISTER", "sip:home.test", new_call, "Require: path, outbound\r\n", "register", "register"},
             {"REGISTER", "sip:home.test", new_call, "Require: 100rel\r\n", "420", "420"},
             {"REGISTER", "sip:far.test", new_call, "", "403", "403"},
             {"REGISTER", "sip:bob%40far.test@home.test", new_call, "", "403", "403"},
             {"OPTIONS", "sip:home.test", new_call, "", "200", "200"},
             {"OPTIONS", "sip:bob@home.test", new_call, "", "200", "route"},
             {"OPTIONS", "sip:bob@far.test", new_call, "", "200", "route"},
             {"INVITE", "sip:home.test", new_call, "", "405", "405"},
             {"INVITE", "sip:bob@home.test", new_call, "", "route", "route"},
             {"INVITE", "sip:bob@home.test", new_call, "Require: 100rel\r\n", "route", "route"},
             {"INVITE", "sip:bob@home.test", new_call, "Proxy-Require: x\r\n", "420", "420"},
             {"INVITE", "sip:bob@home.test", dialog, "", "481", "481"},
             {"MESSAGE", "sip:bob@home.test", new_call, "", "route", "route"},
             // Meant for whoever serves bob's address, who is us: never back to his phones.
             {"PUBLISH", "sip:bob@home.test", new_call, "Event: presence\r\n", "405", "405"},
             {"PUBLISH", "sip:bob@far.test", new_call, "Event: presence\r\n", "route", "route"},
             {"PUBLISH", "sip:bob%40far.test@home.test", new_call, "Event: presence\r\n", "route", "route"},
             {"SUBSCRIBE", "sip:bob@home.test", new_call, "Event: message-summary\r\n", "489", "489"},
             {"SUBSCRIBE", "sip:bob@home.test", new_call, "o: reg;id=1\r\n", "489", "489"},
             {"SUBSCRIBE", "sip:bob@home.test", new_call, "Event: Presence ;id=1\r\n", "route", "route"},
             {"SUBSCRIBE", "sip:bob@home.test", new_call, "o: dialog\r\n", "route", "route"},
             {"SUBSCRIBE", "sip:bob@far.test", new_call, "Event: message-summary\r\n", "route", "route"},
             {"SUBSCRIBE", "sip:home.test", new_call, "Event: message-summary\r\n", "405", "405"},
             {"BYE", "sip:bob@home.test", new_call, "", "481", "481"},
             {"INFO", "sip:bob@far.test", new_call, "", "481", "481"},
         }) {
        Request request;
        request.method = row.method;
        request.uri = row.uri;
        request.to = row.to;
        request.more = row.more;
        EXPECT_EQ(triage(request, true), row.for_a_user) << row.method << " " << row.uri << " " << row.more;
        EXPECT_EQ(triage(request, false), row.for_nobody) << row.method << " " << row.uri << " " << row.more;
    }
}

TEST(RequestTriage, who_asks_for_what_a_server_has_is_told_what_may_be_asked_for) {
    const auto answer = [](const char* method, const char* event) {
        Request request;
        request.method = method;
        request.uri = "sip:bob@home.test";
        request.to = "<sip:bob@home.test>";
        request.more = event;
        const std::string wire = request.text();
        const auto message = MessageView::parse(wire);
        const auto target = target_of(message->request_uri(), OwnHosts({"home.test"}, {}), udp_flow());
        return triage_of(*message, *target, true).answer;
    };
    const auto bad_event = answer("SUBSCRIBE", "Event: message-summary\r\n");
    ASSERT_EQ(bad_event.fields.size(), 1U);
    EXPECT_EQ(bad_event.fields[0].first, "Allow-Events") << "RFC 6665 §8.2.2";
    const auto no_publish = answer("PUBLISH", "Event: presence\r\n");
    ASSERT_EQ(no_publish.fields.size(), 1U);
    EXPECT_EQ(no_publish.fields[0].first, "Allow");
    EXPECT_EQ(no_publish.fields[0].second.find("PUBLISH"), std::string::npos);
}

TEST(RequestTriage, what_would_be_passed_on_stops_without_hops_or_with_a_Proxy_Require) {
    std::string wire = Request{}.text();
    EXPECT_FALSE(stopped(*MessageView::parse(wire)));
    wire.replace(wire.find("Forwards: 70"), 12, "Forwards: 0");
    EXPECT_EQ(stopped(*MessageView::parse(wire))->status, 483);
    Request request;
    request.more = "Proxy-Require: foo\r\n";
    wire = request.text();
    EXPECT_EQ(stopped(*MessageView::parse(wire))->status, 420);
    EXPECT_EQ(method_unknown().status, 501);
}

}  // namespace

}  // namespace sip::testing
