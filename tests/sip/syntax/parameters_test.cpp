// tests/sip/syntax/parameters_test.cpp
#include "sip/syntax/parameters.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

TEST(Parameters, come_one_by_one_with_what_stands_around_them_taken_off) {
    std::string_view rest = " a = b ;c;d=\"x;y\"; e=";
    Parameter p = next_parameter(rest);
    EXPECT_EQ(p.name, "a");
    EXPECT_EQ(p.value, "b");
    p = next_parameter(rest);
    EXPECT_EQ(p.name, "c");
    EXPECT_FALSE(p.has_value);
    EXPECT_EQ(next_parameter(rest).value, "\"x;y\"");
    p = next_parameter(rest);
    EXPECT_EQ(p.name, "e");
    EXPECT_TRUE(p.has_value);
    EXPECT_TRUE(rest.empty());
}

TEST(Parameters, are_found_by_name_in_any_case) {
    EXPECT_EQ(find_parameter("a=b;Expires=60", "expires"), "60");
    EXPECT_EQ(find_parameter("a=b;lr", "LR"), "");
    EXPECT_EQ(find_parameter("a=\"expires=1\"", "expires"), std::nullopt);
    EXPECT_EQ(find_parameter("", "a"), std::nullopt);
}

TEST(Parameters, the_first_of_a_name_counts_and_quotes_hide_semicolons) {
    EXPECT_EQ(find_parameter("a=1;A=2", "a"), "1");
    EXPECT_EQ(find_parameter("x=\"\\\";a=1\";a=2", "a"), "2");
    EXPECT_EQ(find_parameter(";; ;a", "a"), "");
    EXPECT_EQ(find_parameter("a=b=c", "a"), "b=c");
    EXPECT_EQ(find_parameter("x=\"open;a=1", "a"), std::nullopt);
}

TEST(Parameters, a_quote_that_does_not_end_takes_the_rest) {
    std::string_view rest = "a=\"b;c=d";
    EXPECT_EQ(next_parameter(rest).name, "a");
    EXPECT_TRUE(rest.empty());
}

}  // namespace
}  // namespace sip
