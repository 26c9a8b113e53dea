// tests/sip/syntax/letter_case_test.cpp
#include "sip/syntax/letter_case.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

TEST(LetterCase, is_that_of_ascii_alone) {
    EXPECT_TRUE(equal_nocase("Call-ID", "cALL-id"));
    EXPECT_FALSE(equal_nocase("Call-ID", "Call-I"));
    EXPECT_FALSE(equal_nocase("[", "{")) << "they differ as letters do, and are none";
    EXPECT_FALSE(equal_nocase("\xc3\x84", "\xc3\xa4"));
    EXPECT_EQ(lowercase("MiXed-1\xc3\x84"), "mixed-1\xc3\x84");
}

}  // namespace
}  // namespace sip
