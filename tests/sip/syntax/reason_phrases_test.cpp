// tests/sip/syntax/reason_phrases_test.cpp
#include "sip/syntax/reason_phrases.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Reasons, an_unknown_status_gets_the_reason_of_its_class) {
    EXPECT_EQ(sip::default_reason(480), "Temporarily Unavailable");
    EXPECT_EQ(sip::default_reason(499), "Bad Request");
    EXPECT_EQ(sip::default_reason(699), "Busy Everywhere");
}

}  // namespace
