// tests/sip/syntax/header_names_test.cpp
#include "sip/syntax/header_names.hpp"

#include <gtest/gtest.h>

#include <string>

#include "sip/syntax/letter_case.hpp"

namespace {

using sip::Header;
using sip::Method;

TEST(HeaderNames, every_name_finds_its_header_in_any_case_and_a_near_miss_does_not) {
    for (int i = 0; i < static_cast<int>(Header::other); ++i) {
        const auto h = static_cast<Header>(i);
        EXPECT_EQ(sip::header_of(name(h)), h);
        EXPECT_EQ(sip::header_of(sip::lowercase(name(h))), h);
        EXPECT_EQ(sip::header_of(std::string(name(h)) + "s"), Header::other) << name(h);
    }
    EXPECT_EQ(sip::header_of("K"), Header::supported);
    EXPECT_EQ(sip::header_of("C%6Fntact"), Header::other);
    EXPECT_EQ(sip::header_of(""), Header::other);
    EXPECT_EQ(sip::method_of("register"), Method::unknown) << "methods are case-sensitive (§7.1)";
    for (int i = 0; i < static_cast<int>(Method::unknown); ++i) {
        EXPECT_EQ(sip::method_of(name(static_cast<Method>(i))), static_cast<Method>(i));
    }
}

TEST(HeaderNames, compact_forms_are_the_same_header_also_of_those_without_a_number) {
    EXPECT_TRUE(sip::same_header("v", "VIA"));
    EXPECT_TRUE(sip::same_header("x", "Session-Expires"));
    EXPECT_TRUE(sip::same_header("X-Mood", "x-mood"));
    EXPECT_FALSE(sip::same_header("v", "From"));
    EXPECT_FALSE(sip::same_header("X-Mood", "X-Moods"));
}

}  // namespace
