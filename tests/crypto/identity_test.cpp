// tests/crypto/identity_test.cpp - key pairs and random bytes.
#include "crypto/identity.hpp"

#include <gtest/gtest.h>

#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

TEST(Identity, a_seed_gives_the_key_of_RFC_8032) {  // §7.1, test 1
    const auto identity = Identity::from_seed(
        Seed(bytes_from_hex<32>("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));
    EXPECT_EQ(to_hex(identity.public_key()),
              "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    EXPECT_EQ(identity.clone().public_key(), identity.public_key());
}

TEST(Identity, each_generated_one_is_another) {
    EXPECT_NE(Identity::generate().public_key(), Identity::generate().public_key());
    EXPECT_NE(random_array<16>(), random_array<16>());
}

}  // namespace
}  // namespace crypto
