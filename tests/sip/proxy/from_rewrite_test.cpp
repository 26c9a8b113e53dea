// tests/sip/proxy/from_rewrite_test.cpp - what is shown of a caller, and that it is taken back on the way
// back.
#include "sip/proxy/from_rewrite.hpp"

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {
namespace {

FromRewrite shown(const std::string& from, const CallerMark& mark) {
    Request request;
    request.from = from;
    const std::string wire = request.text();
    return rewritten_from(*MessageView::parse(wire), mark);
}

TEST(CallerMark, a_verified_caller_gets_name_and_address_and_is_asserted) {
    const auto mum =
        shown("\"Evil\" <sip:alice@127.0.0.2>;tag=a1;x=y", {"mum", "sip:alice@" + key_name, true});
    EXPECT_EQ(mum.shown, "\"mum\" <sip:alice@" + key_name + ">;tag=a1");
    EXPECT_EQ(mum.asserted, "\"mum\" <sip:alice@" + key_name + ">");
    EXPECT_EQ(mum.own, "\"Evil\" <sip:alice@127.0.0.2>;tag=a1;x=y");
    EXPECT_EQ(mum.header, Header::from);
}

TEST(CallerMark, an_unverified_one_keeps_his_address_unless_it_is_taken_from_him_and_is_not_asserted) {
    EXPECT_EQ(shown("Carol <sip:carol@example.org>;tag=1", {"? Carol", "", false}).shown,
              "\"? Carol\" <sip:carol@example.org>;tag=1");
    EXPECT_EQ(shown("sip:carol@example.org;tag=1", {"? carol", "", false}).shown,
              "\"? carol\" <sip:carol@example.org>;tag=1");
    const auto forged =
        shown("<sip:alice@" + key_name + ">;tag=1", {"? alice", "sip:alice@unverified.invalid", false});
    EXPECT_EQ(forged.shown, "\"? alice\" <sip:alice@unverified.invalid>;tag=1");
    EXPECT_EQ(forged.asserted, "");
}

TEST(CallerMark, a_From_that_is_none_shows_nobody) {
    EXPECT_EQ(shown("\"a\" b <sip:x@y>;tag=1", {"? x", "", false}).shown,
              "\"? x\" <sip:unverified@unverified.invalid>");
}

TEST(CallerMark, quotes_and_backslashes_in_a_name_end_nothing) {
    const auto odd = shown("<sip:a@b>;tag=1", {"? \"><sip:x@y>;tag=2\\", "", false}).shown;
    const auto parsed = NameAddrView::parse(odd);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->uri, "sip:a@b");
    EXPECT_EQ(parsed->parameter("tag"), "1");
}

struct RewrittenDialogsTest : ::testing::Test {
    RewrittenDialogs marks;
    std::string wire;  // find() borrows nothing, but parse() does
    ParsedMessage view(const Request& request) {
        wire = request.text();
        return *MessageView::parse(wire);
    }
    Request call() {
        Request request;
        request.from = "Alice <sip:alice@127.0.0.2>;tag=a1";
        return request;
    }
    void establish() {
        const auto invite = view(call());
        marks.remember(invite, rewritten_from(invite, {"mum", "sip:alice@" + key_name, true}));
    }
};

TEST_F(RewrittenDialogsTest, requests_of_the_caller_show_the_mark_and_his_responses_what_he_wrote) {
    establish();
    Request bye = call();
    bye.method = "BYE";
    bye.from = "<sip:alice@127.0.0.2>;tag=a1";  // without the display name
    bye.to += ";tag=b1";
    const auto found = marks.find(view(bye));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->header, Header::from);
    EXPECT_EQ(found->own, "<sip:alice@127.0.0.2>;tag=a1");
    EXPECT_EQ(found->shown, "\"mum\" <sip:alice@" + key_name + ">;tag=a1");
}

TEST_F(RewrittenDialogsTest, requests_of_the_callee_reach_the_caller_under_his_own_name) {
    establish();
    Request bye = call();
    bye.method = "BYE";
    bye.from = "<sip:bob@example.net>;tag=b1";
    bye.to = "\"mum\" <sip:alice@" + key_name + ">;tag=a1";
    const auto found = marks.find(view(bye));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->header, Header::to);
    EXPECT_EQ(found->own, bye.to);
    EXPECT_EQ(found->shown, "Alice <sip:alice@127.0.0.2>;tag=a1");
}

TEST_F(RewrittenDialogsTest, other_dialogs_are_left_alone) {
    establish();
    Request other = call();
    other.call_id = "another";
    EXPECT_FALSE(marks.find(view(other)));
    other = call();
    other.from = "<sip:alice@127.0.0.2>;tag=a2";
    EXPECT_FALSE(marks.find(view(other)));
}

TEST_F(RewrittenDialogsTest, of_too_many_dialogs_the_oldest_are_forgotten) {
    establish();
    for (std::size_t i = 0; i < RewrittenDialogs::max_dialogs; ++i) {
        Request request = call();
        request.call_id = std::to_string(i);
        const auto invite = view(request);
        marks.remember(invite, rewritten_from(invite, {"mum", "", false}));
    }
    EXPECT_EQ(marks.size(), RewrittenDialogs::max_dialogs);
    EXPECT_FALSE(marks.find(view(call())));
}

}  // namespace
}  // namespace sip::testing
