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

TEST(CommandsPhone, picking_up_ringing_so_and_taking_anothers_place_are_commands_and_nothing_else_is) {
    const auto commands = [](const char* name) { return commands_phone({Header::other, name, "x"}); };
    for (const char* name : {"Call-Info", "alert-info", "Answer-Mode", "Priv-Answer-Mode", "Replaces", "Join",
                             "Reply-To", "Auto-Answer"})
        EXPECT_TRUE(commands(name)) << name;
    for (const char* name : {"Contact", "Subject", "Supported", "Session-Expires", "User-Agent"})
        EXPECT_FALSE(commands(name)) << name;
}

}  // namespace
}  // namespace sip::testing
