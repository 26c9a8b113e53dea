// tests/sip/auth/accounts_test.cpp - the words for how calls are delivered.
#include "sip/auth/accounts.hpp"

#include <gtest/gtest.h>

namespace sip::testing {

namespace {

TEST(Accounts, each_way_of_delivery_has_a_word_and_no_other_word_is_one) {
    for (const auto delivery : {Delivery::automatic, Delivery::redirect, Delivery::proxy})
        EXPECT_EQ(delivery_of(name(delivery)), delivery);
    EXPECT_EQ(name(Delivery::automatic), "auto");
    EXPECT_EQ(delivery_of("Proxy"), std::nullopt);
    EXPECT_EQ(delivery_of(""), std::nullopt);
}

}  // namespace

}  // namespace sip::testing
