// tests/crypto/name_test.cpp - key names, paper seeds and labels.
#include "crypto/name.hpp"

#include <gtest/gtest.h>
#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <cctype>

#include "crypto/base32.hpp"
#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

// RFC 8032 §7.1 test 1.
const auto seed =
    Seed(bytes_from_hex<32>("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
const auto key = bytes_from_hex<32>("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");

// A name as an attacker or a later version would make it: any 32 bytes, any version, the right checksum.
std::string name_of(const Bytes<32>& value, std::uint8_t version) {
    std::vector<std::uint8_t> hashed;
    for (const char c : std::string_view("hedgewitch/v1/checksum"))
        hashed.push_back(static_cast<std::uint8_t>(c));
    hashed.insert(hashed.end(), value.begin(), value.end());
    hashed.push_back(version);
    Bytes<32> digest;
    crypto_hash_sha256(digest.data(), hashed.data(), hashed.size());
    Bytes<35> packed{};
    std::ranges::copy(value, packed.begin());
    packed[32] = digest[0];
    packed[33] = digest[1];
    packed[34] = version;
    return base32_encode(packed);
}

TEST(Identity, the_seed_of_RFC_8032_gives_its_public_key) {
    EXPECT_EQ(Identity::from_seed(seed).public_key(), key);
}

TEST(Identity, two_generated_identities_differ) {
    EXPECT_NE(Identity::generate().public_key(), Identity::generate().public_key());
}

TEST(Secret, is_zero_after_being_moved_from) {
    Secret<4> from(Bytes<4>{1, 2, 3, 4});
    const Secret<4> to(std::move(from));
    EXPECT_EQ(to_hex(to.view()), "01020304");
    EXPECT_EQ(to_hex(from.view()), "00000000");  // NOLINT(bugprone-use-after-move): that is the test
}

TEST(Name, this_key_has_this_name_for_ever) {
    EXPECT_EQ(encode_name(key), "25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkenbqoab");
    EXPECT_EQ(encode_seed(seed), "tvq3dhpp7vngbouejl2jf3bmyrcetrljpmzgsglqhowaghfop5qevfab");
}

TEST(Name, is_56_characters_and_comes_back_in_any_case) {
    auto name = encode_name(key);
    ASSERT_EQ(name.size(), name_length);
    EXPECT_EQ(decode_name(name), key);
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_EQ(decode_name(name), key);
}

TEST(Name, agrees_with_a_checksum_made_by_hand) {
    EXPECT_EQ(encode_name(key), name_of(key, 1));
}

TEST(Name, each_mistyped_character_is_refused) {
    const auto name = encode_name(key);
    std::size_t accepted = 0;
    for (std::size_t i = 0; i < name.size(); ++i)
        for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyz234567")) {
            if (c == name[i]) continue;
            auto mistyped = name;
            mistyped[i] = c;
            const auto decoded = decode_name(mistyped);
            // 16 bits of checksum let about one typo in 65,536 pass; of these 1,736 none does.
            if (decoded)
                ++accepted;
            else
                EXPECT_EQ(decoded.error(), Errc::bad_checksum);
        }
    EXPECT_EQ(accepted, 0u);
}

TEST(Name, wrong_lengths_and_foreign_characters_are_refused) {
    const auto name = encode_name(key);
    EXPECT_EQ(decode_name("").error(), Errc::bad_length);
    EXPECT_EQ(decode_name(name.substr(1)).error(), Errc::bad_length);
    EXPECT_EQ(decode_name(name + "a").error(), Errc::bad_length);
    for (const char c : std::string_view("0189=-_ .\0\x80", 11)) {
        auto bad = name;
        bad[20] = c;
        EXPECT_EQ(decode_name(bad).error(), Errc::bad_character) << int(c);
    }
}

TEST(Name, a_later_version_is_named_as_such) {
    EXPECT_EQ(decode_name(name_of(key, 2)).error(), Errc::unknown_version);
    EXPECT_EQ(decode_name(name_of(key, 0)).error(), Errc::unknown_version);
}

TEST(Name, points_outside_the_prime_order_group_are_refused) {
    const auto refused = [](std::string_view hex) {
        return decode_name(name_of(bytes_from_hex<32>(hex), 1)) ==
               Result<PublicKey>(tl::unexpect, make_error_code(Errc::bad_point));
    };
    EXPECT_TRUE(refused("0100000000000000000000000000000000000000000000000000000000000000"));  // identity
    EXPECT_TRUE(refused("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));  // order 2
    EXPECT_TRUE(refused("0000000000000000000000000000000000000000000000000000000000000000"));  // order 4
    EXPECT_TRUE(refused("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"));  // order 8
    EXPECT_TRUE(
        refused("0200000000000000000000000000000000000000000000000000000000000000"));  // off the curve
    EXPECT_TRUE(
        refused("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"));  // y = 1, not canonical
    EXPECT_TRUE(refused(
        "16a567fe7d4ef5482ab4012c369bf8c5f11e8d0c2559dcda50fde59708f8aee5"));  // key + the point of order 2
}

TEST(Seed, comes_back_from_paper_and_is_never_taken_for_a_name) {
    const auto text = encode_seed(seed);
    ASSERT_EQ(text.size(), name_length);
    const auto decoded = decode_seed(text);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(to_hex(decoded->view()), to_hex(seed.view()));
    EXPECT_EQ(decode_name(text).error(), Errc::bad_checksum);
    EXPECT_EQ(decode_seed(encode_name(key)).error(), Errc::bad_checksum);
}

TEST(Label, is_lowercased_and_limited_to_63_safe_characters) {
    EXPECT_EQ(canonical_label("Alice"), "alice");
    EXPECT_EQ(canonical_label("a.b_c+d-9"), "a.b_c+d-9");
    EXPECT_EQ(canonical_label(std::string(63, 'Z')), std::string(63, 'z'));
    for (const auto& bad :
         {std::string(), std::string(64, 'a'), std::string("a b"), std::string("a@b"), std::string("a%20"),
          std::string("al\0ice", 6), std::string("ælf"), std::string("a/b")})
        EXPECT_EQ(canonical_label(bad).error(), Errc::bad_label) << bad;
}

TEST(Base32, gives_the_vectors_of_RFC_4648_that_need_no_padding) {
    EXPECT_EQ(base32_encode(bytes_of("fooba")), "mzxw6ytb");
    Bytes<5> out{};
    ASSERT_TRUE(base32_decode("MZXW6YTB", out));
    EXPECT_TRUE(std::ranges::equal(out, bytes_of("fooba")));
}

}  // namespace
}  // namespace crypto
