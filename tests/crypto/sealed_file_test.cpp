// tests/crypto/sealed_file_test.cpp - a backup opens with its passphrase alone, and damage is told as damage.
#include "crypto/sealed_file.hpp"

#include <gtest/gtest.h>

#include "crypto/identity.hpp"

namespace crypto {
namespace {

constexpr KeystoreCost cheap{1, 64, 1};
const std::vector<std::uint8_t> content(100'000, 0x5a);

TEST(SealedFile, opens_with_its_passphrase_alone) {
    const auto file = seal_file(content, "down the rabbit hole", cheap);
    ASSERT_TRUE(file);
    EXPECT_TRUE(is_sealed_file(*file));
    EXPECT_EQ(file->size(), 48 + 24 + content.size() + 16 + 16);
    EXPECT_EQ(open_file(*file, "down the rabbit hole").value(), content);
    EXPECT_EQ(open_file(*file, "down the rabbit hol").error(), Errc::wrong_passphrase);
    EXPECT_EQ(open_file(*file, "").error(), Errc::wrong_passphrase);
    EXPECT_NE(seal_file(content, "down the rabbit hole", cheap).value(), *file) << "another salt and nonce";
    EXPECT_TRUE(open_file(seal_file({}, "p", cheap).value(), "p").value().empty());
}

TEST(SealedFile, what_is_cut_off_or_bent_anywhere_is_damaged) {
    const auto file = seal_file(ByteView(content).first(100), "passphrase", cheap).value();
    for (std::size_t size = 0; size < file.size(); ++size)
        EXPECT_EQ(open_file(ByteView(file).first(size), "passphrase").error(), Errc::damaged_file) << size;
    for (std::size_t at = 0; at < file.size(); ++at) {
        auto bent = file;
        bent[at] ^= 1U;
        EXPECT_EQ(open_file(bent, "passphrase").error(), Errc::damaged_file) << at;
    }
}

TEST(SealedFile, costs_out_of_bounds_are_refused) {
    EXPECT_EQ(seal_file(content, "p", {9, 64, 1}).error(), Errc::bad_parameters);
    EXPECT_EQ(seal_file(content, "p", {1, 2 * 1024 * 1024, 1}).error(), Errc::bad_parameters);
    EXPECT_EQ(seal_file(content, "p", {1, 7, 1}).error(), Errc::bad_parameters);
    EXPECT_FALSE(is_sealed_file(bytes_of("SQLite format 3")));
}

}  // namespace
}  // namespace crypto
