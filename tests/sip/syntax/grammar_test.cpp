// tests/sip/syntax/grammar_test.cpp
#include "sip/syntax/grammar.hpp"

#include <gtest/gtest.h>

namespace sip::grammar {
namespace {

TEST(Grammar, trim_takes_folded_lines_off_and_trim_blanks_stays_within_one) {
    EXPECT_EQ(trim(" \t\r\n a b \r\n\t"), "a b");
    EXPECT_EQ(trim_left(" a "), "a ");
    EXPECT_EQ(trim_blanks(" \ta b\t "), "a b");
    EXPECT_EQ(trim_blanks("\r\na"), "\r\na");
    EXPECT_EQ(trim(" "), "");
}

TEST(Grammar, a_quoted_string_ends_at_the_first_quote_that_is_not_escaped) {
    EXPECT_EQ(skip_quoted("\"a\\\"b\" c", 0), 6U);
    EXPECT_EQ(skip_quoted("\"open", 0), std::string_view::npos);
    EXPECT_EQ(skip_quoted("\"a\x01\"", 0), std::string_view::npos);
}

TEST(Grammar, a_host_and_its_port) {
    const auto v6 = parse_host_port("[2001:db8::1]:5060", false);
    ASSERT_TRUE(v6);
    EXPECT_EQ(v6->host, "2001:db8::1");
    EXPECT_TRUE(v6->is_ipv6);
    EXPECT_EQ(v6->port, 5060);
    EXPECT_TRUE(parse_host_port("host : 5060", true)) << "in a Via";
    EXPECT_FALSE(parse_host_port("host : 5060", false)) << "not in a URI";
    for (const char* bad : {"", "host:", "host:65536", "[::1", "[fe80::1%eth0]", "ho st"})
        EXPECT_FALSE(parse_host_port(bad, false)) << bad;
}

TEST(Grammar, escapes_may_stand_where_the_class_allows_them) {
    EXPECT_TRUE(all("abc", token));
    EXPECT_FALSE(all("", token));
    EXPECT_TRUE(all_or_escaped("a%20b", user));
    EXPECT_FALSE(all_or_escaped("a%2", user));
    EXPECT_FALSE(all_or_escaped("a b", user));
}

TEST(Grammar, parameters_have_a_token_for_a_name_and_nothing_that_ends_them_for_a_value) {
    EXPECT_TRUE(valid_parameters("lr;received=2001:db8::1;q=\"a;b\""));
    for (const char* bad : {"", "a;", ";a", "a=b c", "a=<b>", "a b=c"})
        EXPECT_FALSE(valid_parameters(bad)) << bad;
}

}  // namespace
}  // namespace sip::grammar
