// tests/sip/transaction/keyed_hash_test.cpp - which lists of texts have one hash.
#include "sip/transaction/keyed_hash.hpp"

#include <gtest/gtest.h>

namespace sip::testing {

namespace {

constexpr KeyedHash::Key key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

TEST(KeyedHash, no_two_lists_read_the_same) {
    const auto one = KeyedHash().add("ab").add("c").hex(key);
    EXPECT_EQ(one, KeyedHash().add("ab").add("c").hex(key));
    EXPECT_NE(one, KeyedHash().add("a").add("bc").hex(key));
    EXPECT_NE(one, KeyedHash().add("abc").hex(key));
    EXPECT_NE(one, KeyedHash().add("ab").add("c").add("").hex(key));
    EXPECT_NE(one, KeyedHash().add("2:ab1:c").hex(key)) << "a text that looks like two";
}

TEST(KeyedHash, another_key_gives_another_hash_of_the_same_size) {
    auto other = key;
    other[15] ^= 1;
    const KeyedHash hash = KeyedHash().add("text");
    EXPECT_NE(hash.hex(key), hash.hex(other));
    EXPECT_NE(hash.wide(key), hash.wide(other));
    EXPECT_EQ(hash.hex(key).size(), 16u);
    EXPECT_EQ(hash.hex(key).find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(KeyedHash, one_secret_gives_a_key_for_each_purpose) {
    const std::array<std::uint8_t, 32> secret{7};
    EXPECT_EQ(derived_key<16>(secret, "a"), derived_key<16>(secret, "a"));
    EXPECT_NE(derived_key<16>(secret, "a"), derived_key<16>(secret, "b"));
}

}  // namespace

}  // namespace sip::testing
