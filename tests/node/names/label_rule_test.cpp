// tests/node/names/label_rule_test.cpp - which characters a user's label may have stands twice: sip and
// crypto may not know each other, and neither can do without it (a registrar's user, the name of a record).
// node knows both, so here one table goes through both.
#include <gtest/gtest.h>

#include <string>

#include "crypto/name.hpp"
#include "sip/syntax/label.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

TEST(LabelRule, sip_and_crypto_agree_on_every_character_and_length) {
    for (int c = 0; c < 256; ++c) {
        const std::string user = std::string("a") + static_cast<char>(c) + "b";
        const auto by_crypto = crypto::canonical_label(user);
        const auto by_sip = sip::canonical_label(sip::escape_user(user));
        ASSERT_EQ(by_sip.has_value(), by_crypto.has_value()) << "character " << c;
        if (!by_sip) continue;
        EXPECT_EQ(*by_sip, *by_crypto);
        EXPECT_TRUE(sip::is_label(*by_crypto));
    }
    for (const std::size_t length : {0U, 1U, 62U, 63U, 64U, 200U}) {
        const std::string user(length, 'x');
        EXPECT_EQ(sip::canonical_label(user).has_value(), crypto::canonical_label(user).has_value())
            << length;
    }
}

}  // namespace
}  // namespace node
