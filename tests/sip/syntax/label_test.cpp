// tests/sip/syntax/label_test.cpp - tests/node/names/label_rule_test.cpp holds it against crypto's.
#include "sip/syntax/label.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

TEST(Label, a_user_is_unescaped_once_and_lowercase) {
    EXPECT_EQ(canonical_label("Alice"), "alice");
    EXPECT_EQ(canonical_label("%61lice"), "alice");
    EXPECT_EQ(canonical_label("a.b_c+d-9"), "a.b_c+d-9");
    EXPECT_EQ(canonical_label("%2561"), std::nullopt) << "%25 is a percent sign, which no label has";
}

TEST(Label, nothing_else_aliases_a_user) {
    for (const char* user : {"", "al ice", "alice%00", "alice%40home", "al;ice", "zo\xc3\xab"})
        EXPECT_EQ(canonical_label(user), std::nullopt) << user;
    EXPECT_EQ(canonical_label(std::string(64, 'a')), std::nullopt);
    EXPECT_TRUE(canonical_label(std::string(63, 'a')));
    EXPECT_FALSE(is_label("Alice")) << "not canonical yet";
}

}  // namespace
}  // namespace sip
