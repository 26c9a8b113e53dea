// tests/sip/syntax/display_name_test.cpp - what is shown of the name that a caller gives himself.
#include "sip/syntax/display_name.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

TEST(PlainDisplay, is_unquoted_and_free_of_what_hides_or_turns_it) {
    EXPECT_EQ(plain_display("\"Al \\\"ice\\\\\""), "Al \"ice\\");
    EXPECT_EQ(plain_display("  Alice  "), "Alice");
    EXPECT_EQ(plain_display("\"\xe2\x80\xae"
                            "ecilA\xe2\x80\x8b\""),
              "ecilA")
        << "U+202E, U+200B";
    EXPECT_EQ(plain_display("\"J\xc3\xbcrgen\xff\xc3\""), "J\xc3\xbcrgen") << "what is no UTF-8 is left out";
    EXPECT_EQ(plain_display("\"\x01\x7f\xc2\x85x\""), "x");
    EXPECT_EQ(plain_display("\"\xed\xa0\x80\xc0\xaf\xf5\x80\x80\x80y\""), "y")
        << "surrogates, overlong, too high";
    EXPECT_EQ(plain_display("\"" + std::string(100, 'a') + "\"").size(), 40u);
    EXPECT_EQ(plain_display(""), "");
}

TEST(PlainDisplay, what_takes_no_room_is_left_out_so_that_names_that_look_alike_are_alike) {
    EXPECT_EQ(plain_display("m\u00adu\u200dm\ufeff"), "mum") << "soft hyphen, joiner, byte order mark";
    EXPECT_EQ(plain_display("mum\u3164\u115f"), "mum") << "Hangul fillers, which count as letters";
    EXPECT_EQ(plain_display("mum\U000e0065\U000e006e"), "mum") << "tags";
    EXPECT_EQ(plain_display("m\u2028u\u2029m"), "mum") << "line and paragraph separators";
    EXPECT_EQ(plain_display("\u05d0\u0645\u0e41\U0001f994"), "\u05d0\u0645\u0e41\U0001f994")
        << "any script is shown";
}

TEST(IsUtf8, takes_what_RFC_3629_has) {
    for (const char* good : {"", "a", "J\u00fcrgen", "\ud7ff\ue000", "\U0010ffff"})
        EXPECT_TRUE(is_utf8(good)) << good;
    for (const char* bad : {"\xff", "\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80", "a\x80"})
        EXPECT_FALSE(is_utf8(bad)) << bad;
    EXPECT_TRUE(is_utf8(std::string_view()));
}

}  // namespace
}  // namespace sip
