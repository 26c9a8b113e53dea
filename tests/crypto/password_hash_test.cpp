// tests/crypto/password_hash_test.cpp - a password is known again, and nothing else is.
#include "crypto/password_hash.hpp"

#include <gtest/gtest.h>

namespace crypto {
namespace {

TEST(PasswordHash, knows_its_password_again_and_no_other) {
    const auto hash = hash_password("three words nobody guesses");
    ASSERT_TRUE(hash);
    EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *hash;
    EXPECT_TRUE(is_password("three words nobody guesses", *hash));
    EXPECT_FALSE(is_password("three words nobody guesseS", *hash));
    EXPECT_FALSE(is_password("", *hash));
    EXPECT_NE(*hash, *hash_password("three words nobody guesses")) << "each has a salt of its own";
}

TEST(PasswordHash, is_no_password_of_what_is_no_hash) {
    EXPECT_FALSE(is_password("x", ""));
    EXPECT_FALSE(is_password("x", "x"));
    EXPECT_FALSE(is_password("x", std::string(4096, '$')));
}

}  // namespace
}  // namespace crypto
