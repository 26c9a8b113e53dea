// tests/crypto/signature_test.cpp - what is refused as a signature.
#include "crypto/signature.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

Identity owner() {
    return Identity::from_seed(
        Seed(bytes_from_hex<32>("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")));
}

TEST(Verify, refuses_any_other_key_domain_message_and_every_flipped_bit) {
    const auto signature = sign(owner(), "domain", bytes_of("message"));
    const auto key = owner().public_key();
    ASSERT_TRUE(verify(key, "domain", bytes_of("message"), signature));
    EXPECT_FALSE(verify(Identity::generate().public_key(), "domain", bytes_of("message"), signature));
    EXPECT_FALSE(verify(key, "domaim", bytes_of("message"), signature));
    EXPECT_FALSE(verify(key, "domain", bytes_of("messages"), signature));
    for (std::size_t bit = 0; bit < 512; ++bit) {
        auto changed = signature;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        EXPECT_FALSE(verify(key, "domain", bytes_of("message"), changed)) << "bit " << bit;
    }
}

TEST(Verify, refuses_the_same_signature_with_S_plus_L) {
    auto signature = sign(owner(), "domain", bytes_of("message"));
    const auto order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += signature[32 + i] + order[i];
        signature[32 + i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    ASSERT_EQ(carry, 0u);
    EXPECT_FALSE(verify(owner().public_key(), "domain", bytes_of("message"), signature));
}

TEST(Verify, refuses_keys_of_small_order_that_would_verify_anything) {
    Signature signature{};
    signature[0] = 1;  // R = identity, S = 0: true for A = identity and any message
    PublicKey identity_point{};
    identity_point[0] = 1;
    EXPECT_FALSE(verify(identity_point, "domain", bytes_of("message"), signature));
}

}  // namespace
}  // namespace crypto
