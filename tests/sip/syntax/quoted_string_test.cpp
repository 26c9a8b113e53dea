// tests/sip/syntax/quoted_string_test.cpp
#include "sip/syntax/quoted_string.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

TEST(QuotedString, quotes_and_backslashes_are_escaped_and_controls_are_left_out) {
    EXPECT_EQ(quote("Zoë"), "\"Zoë\"");
    EXPECT_EQ(quote("a \"b\" \\c"), "\"a \\\"b\\\" \\\\c\"");
    EXPECT_EQ(quote("a\r\nVia: b"), "\"aVia: b\"");
    EXPECT_EQ(quote(""), "\"\"");
}

TEST(QuotedString, what_was_quoted_reads_the_same_and_the_rest_stays) {
    const std::string text = "a \"b\" \\c";
    const std::string wire = quote(text) + ", next";
    std::string_view rest = wire;
    EXPECT_EQ(take_quoted(rest), text);
    EXPECT_EQ(rest, ", next");
}

TEST(QuotedString, what_is_none_or_does_not_end_is_left_as_it_was) {
    for (const std::string_view text : {"", "token", " \"late\"", "\"open", "\"open\\\"", "\"open\\"}) {
        std::string_view rest = text;
        EXPECT_EQ(take_quoted(rest), std::nullopt) << text;
        EXPECT_EQ(rest, text);
    }
}

}  // namespace
}  // namespace sip
