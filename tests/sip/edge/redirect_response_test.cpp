// tests/sip/edge/redirect_response_test.cpp - a route's answer in SIP's words.
#include "sip/edge/redirect_response.hpp"

#include <gtest/gtest.h>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
constexpr std::string_view asked = "sip:bob@example.test";

Answer answer_to(RouteAnswer route) {
    return redirect_answer(route, asked, "home.test");
}

TEST(Redirect, contacts_come_best_q_first_at_most_four_each_in_its_own_field_and_in_brackets) {
    const auto answer = answer_to({302,
                                   {},
                                   {{"sip:bob@192.0.2.1:5060;transport=udp", 0.5},
                                    {"sip:bob@192.0.2.2:5060;transport=tcp", 1.0},
                                    {"sip:bob@[2001:db8::1]:5060", 0.25},
                                    {"sip:bob@192.0.2.3:5060", 0.5},
                                    {"sip:bob@192.0.2.4:5060", 0.001},
                                    {"sip:bob@192.0.2.5:5060", -3}},
                                   {},
                                   {}});
    EXPECT_EQ(answer.status, 302);
    EXPECT_EQ(answer.fields, (Fields{{"Contact", "<sip:bob@192.0.2.2:5060;transport=tcp>;q=1.0"},
                                     {"Contact", "<sip:bob@192.0.2.1:5060;transport=udp>;q=0.5"},
                                     {"Contact", "<sip:bob@192.0.2.3:5060>;q=0.5"},
                                     {"Contact", "<sip:bob@[2001:db8::1]:5060>;q=0.25"}}));
}

TEST(Redirect, a_contact_says_where_to_call_and_not_how) {
    EXPECT_EQ(redirect_answer(redirect_to("sip:b@h;method=REFER;x?Subject=y"), "sip:x@y", "us").fields,
              (Fields{{"Contact", "<sip:b@h;x>;q=1.0"}}));
}

TEST(Redirect, q_is_written_with_up_to_three_decimals_between_0_and_1) {
    const auto q = [](double value) {
        return answer_to(redirect_to("sip:b@192.0.2.1", value)).fields.at(0).second;
    };
    EXPECT_EQ(q(0.0), "<sip:b@192.0.2.1>;q=0.0");
    EXPECT_EQ(q(0.001), "<sip:b@192.0.2.1>;q=0.001");
    EXPECT_EQ(q(0.9999), "<sip:b@192.0.2.1>;q=1.0");
    EXPECT_EQ(q(7), "<sip:b@192.0.2.1>;q=1.0");
    EXPECT_EQ(q(std::numeric_limits<double>::quiet_NaN()), "<sip:b@192.0.2.1>;q=0.0");
}

TEST(Redirect, never_to_what_was_asked_for_which_is_482_when_nothing_else_is_left) {
    EXPECT_EQ(answer_to(redirect_to("sip:bob@EXAMPLE.test")).status, 482);
    EXPECT_EQ(answer_to(redirect_to("sip:b%6Fb@example.test")).status, 482);
    const auto answer =
        answer_to({302, {}, {{"sip:bob@example.test", 1}, {"sip:bob@192.0.2.1:5060", 0.1}}, {}, {}});
    EXPECT_EQ(answer.fields, (Fields{{"Contact", "<sip:bob@192.0.2.1:5060>;q=0.1"}}));
    EXPECT_EQ(answer_to(redirect_to("sip:bob@example.test:5061")).status, 302);
}

TEST(Redirect, a_302_without_a_usable_contact_is_480) {
    EXPECT_EQ(answer_to({302, {}, {}, {}, {}}).status, 480);
    EXPECT_EQ(answer_to(redirect_to("sip:b@192.0.2.1>\r\nX-A: b")).status, 480);
    EXPECT_EQ(answer_to(redirect_to("")).status, 480);
}

TEST(Redirect, errors_carry_their_reason_a_Warning_399_and_Retry_After) {
    const auto answer =
        answer_to({480, "Not Found There", {}, "no key known for \"example.org\"\r\nX: y", 30s});
    EXPECT_EQ(answer.status, 480);
    EXPECT_EQ(answer.reason, "Not Found There");
    EXPECT_EQ(answer.fields,
              (Fields{{"Warning", "399 home.test \"no key known for \\\"example.org\\\"X: y\""},
                      {"Retry-After", "30"}}));
    EXPECT_EQ(answer_to({200, {}, {}, {}, {}}).status, 500);
    EXPECT_EQ(answer_to({0, {}, {}, {}, {}}).status, 500);
}

TEST_F(EdgeTest, a_redirect_server_alone_marks_no_Contact_and_forwards_nothing) {
    config.forwards = false;
    start();
    host.at_once = RouteAnswer{302, "", {{"sip:bob@198.51.100.7:5060;transport=udp", 1.0}}, "", {}};
    Request request;
    request.uri = "sip:bob@example.test";
    const std::string answer = as_alice(request);
    EXPECT_NE(answer.find("Contact: <sip:bob@198.51.100.7:5060;transport=udp>"), std::string::npos) << answer;
    EXPECT_EQ(answer.find(";hw="), std::string::npos);
}

TEST_F(EdgeTest, the_302_on_the_wire) {
    host.at_once = {
        302,
        {},
        {{"sip:bob@192.0.2.7:5062;transport=udp", 0.5}, {"sip:bob@192.0.2.8:5060;transport=tcp", 0.8}},
        "verified by a pin",
        {}};
    Request request;
    request.uri = "sip:bob@example.test";
    std::string answer = as_alice(request);
    for (std::size_t at; (at = answer.find(";hw=")) != std::string::npos;)
        answer.erase(at, 4 + 32);  // redirect_tokens.hpp
    const auto to_tag = std::string(MessageView::parse(answer)->to_tag());
    EXPECT_EQ(to_tag.size(), 16U);
    EXPECT_EQ(answer,
              "SIP/2.0 302 Moved Temporarily\r\n"
              "Via: SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKoneauth;received=10.0.0.9;rport=5070\r\n"
              "From: <sip:alice@127.0.0.2>;tag=a1\r\n"
              "To: <sip:bob@example.net>;tag=" +
                  to_tag +
                  "\r\n"
                  "Call-ID: c1@phone\r\n"
                  "CSeq: 2 INVITE\r\n"
                  "Contact: <sip:bob@192.0.2.8:5060;transport=tcp>;q=0.8\r\n"
                  "Contact: <sip:bob@192.0.2.7:5062;transport=udp>;q=0.5\r\n"
                  "Warning: 399 " +
                  key_name +
                  " \"verified by a pin\"\r\n"
                  "Server: Hedgewitch\r\n"
                  "Content-Length: 0\r\n\r\n");
}

}  // namespace

}  // namespace sip::testing
