// tests/crypto/box_test.cpp - XChaCha20-Poly1305 boxes.
#include "crypto/box.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

Bytes<32> key_from_0x80() {
    Bytes<32> key;
    std::iota(key.begin(), key.end(), std::uint8_t{0x80});
    return key;
}

// draft-irtf-cfrg-xchacha-03 §A.3.1.
constexpr std::string_view plaintext =
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen "
    "would be it.";
const auto associated = from_hex("50515253c0c1c2c3c4c5c6c7");
const auto nonce = bytes_from_hex<24>("404142434445464748494a4b4c4d4e4f5051525354555657");
constexpr std::string_view sealed =
    "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
    "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
    "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";

TEST(Box, gives_the_vector_of_the_xchacha_draft_with_the_nonce_in_front) {
    const auto box = seal(Secret<32>(key_from_0x80()), nonce, associated, bytes_of(plaintext));
    EXPECT_EQ(to_hex(box), to_hex(nonce) + std::string(sealed));
    const auto opened = open(Secret<32>(key_from_0x80()), associated, box);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(std::ranges::equal(*opened, bytes_of(plaintext)));
}

TEST(Box, each_flipped_bit_and_each_truncation_is_refused) {
    const Secret<32> key(key_from_0x80());
    const auto box = seal(key, nonce, associated, bytes_of(plaintext));
    for (std::size_t bit = 0; bit < box.size() * 8; ++bit) {
        auto changed = box;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        ASSERT_EQ(open(key, associated, changed).error(), Errc::cannot_open) << "bit " << bit;
    }
    for (std::size_t length = 0; length < box.size(); ++length)
        ASSERT_EQ(open(key, associated, ByteView(box).first(length)).error(),
                  length < box_overhead ? Errc::bad_length : Errc::cannot_open);
}

TEST(Box, another_key_or_other_associated_data_is_refused) {
    const Secret<32> key(key_from_0x80());
    const auto box = seal(key, nonce, associated, {});
    EXPECT_EQ(box.size(), box_overhead);
    EXPECT_TRUE(open(key, associated, box));
    EXPECT_EQ(open(key, {}, box).error(), Errc::cannot_open);
    EXPECT_EQ(open(Secret<32>(Bytes<32>{}), associated, box).error(), Errc::cannot_open);
}

TEST(Box, opens_into_exactly_as_many_bytes_as_it_holds) {
    const Secret<32> key(key_from_0x80());
    const auto box = seal(key, nonce, associated, Bytes<4>{1, 2, 3, 4});
    Secret<4> right;
    ASSERT_TRUE(open_into({right.data(), 4}, key, associated, box));
    EXPECT_EQ(to_hex(right.view()), "01020304");
    Secret<5> wrong;
    EXPECT_EQ(open_into({wrong.data(), 5}, key, associated, box).error(), Errc::bad_length);
}

}  // namespace
}  // namespace crypto
