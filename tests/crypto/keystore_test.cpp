// tests/crypto/keystore_test.cpp - the sealed seed on disk: damage, wrong passphrases, bounds, and atomic
// replacement.
#include "crypto/keystore.hpp"

#include <gtest/gtest.h>
#include <sodium/crypto_hash_sha256.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/crypto/hex.hpp"

namespace crypto {
namespace {

using Buffer = std::vector<std::uint8_t>;
constexpr KeystoreCost cheap{1, 8, 1};  // the least that Argon2 takes: these tests are about the file

class Keystore : public testing::Test {
protected:
    Keystore() {
        std::string name = (std::filesystem::temp_directory_path() / "hedgewitch-keystore-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        path = folder / "identity";
    }
    ~Keystore() override { std::filesystem::remove_all(folder); }

    [[nodiscard]] Buffer content() const {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void write(ByteView bytes) const {
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }
    [[nodiscard]] std::size_t files_in_folder() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
    }

    std::filesystem::path folder, path;
    const Seed seed =
        Seed(bytes_from_hex<32>("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
};

void set_u32(Buffer& file, std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i)
        file[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

// Both checks made anew: what someone would write who wants our parser to go on.
void fix_checks(Buffer& file) {
    const auto check = [&](std::string_view domain, std::size_t covered, std::size_t size) {
        Buffer input(domain.begin(), domain.end());
        input.insert(input.end(), file.begin(), file.begin() + static_cast<std::ptrdiff_t>(covered));
        Bytes<32> digest;
        crypto_hash_sha256(digest.data(), input.data(), input.size());
        std::copy_n(digest.begin(), size, file.begin() + static_cast<std::ptrdiff_t>(covered));
    };
    check("hedgewitch/v1/keystore/header", 40, 8);
    check("hedgewitch/v1/keystore/file", 120, 16);
}

TEST_F(Keystore, gives_the_seed_back_at_the_default_cost) {
    ASSERT_TRUE(save_keystore(path, seed, "correct horse"));
    const auto loaded = load_keystore(path, "correct horse");
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_EQ(to_hex(loaded->view()), to_hex(seed.view()));
    const auto file = content();
    EXPECT_EQ(to_hex(ByteView(file).first(24)),
              "48574b4559310a00"
              "00000001"
              "00000003"
              "00010000"
              "00000004");
}

// Made by tests/crypto/golden.py.
TEST_F(Keystore, this_file_opens_for_ever) {
    write(from_hex(
        "48574b4559310a0000000001000000030001000000000004000102030405060708090a0b0c0d0e0f7884ff0b0553f5650001"
        "02030405060708090a0b0c0d0e0f1011121314151617b86cc3a4bb49d5c05039f17a0aa998a30871b0eb679bae4e5ee8560c"
        "3085412d0c9fb67b2dabf13a6cc160876c63ebfb3b08d865d73a0a415081b2ecc4c9bed9"));
    const auto loaded = load_keystore(path, "correct horse");
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_EQ(to_hex(loaded->view()), to_hex(seed.view()));
}

TEST_F(Keystore, takes_any_bytes_as_a_passphrase) {
    const std::string passphrase("\0\xff\n", 3);
    ASSERT_TRUE(save_keystore(path, seed, passphrase, cheap));
    EXPECT_TRUE(load_keystore(path, passphrase));
    EXPECT_EQ(load_keystore(path, std::string_view(passphrase).substr(0, 2)).error(), Errc::wrong_passphrase);
    ASSERT_TRUE(save_keystore(path, seed, "", cheap));
    EXPECT_TRUE(load_keystore(path, ""));
}

TEST_F(Keystore, a_wrong_passphrase_is_called_that) {
    ASSERT_TRUE(save_keystore(path, seed, "correct horse", cheap));
    EXPECT_EQ(load_keystore(path, "correct horsf").error(), Errc::wrong_passphrase);
    EXPECT_EQ(load_keystore(path, "").error(), Errc::wrong_passphrase);
}

TEST_F(Keystore, each_flipped_bit_is_damage_and_never_a_wrong_passphrase) {
    ASSERT_TRUE(save_keystore(path, seed, "correct horse", cheap));
    const auto whole = content();
    ASSERT_EQ(whole.size(), 136u);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        auto changed = whole;
        changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
        write(changed);
        ASSERT_EQ(load_keystore(path, "correct horse").error(), Errc::damaged_file) << "bit " << bit;
    }
}

TEST_F(Keystore, each_truncation_and_anything_appended_is_damage) {
    ASSERT_TRUE(save_keystore(path, seed, "correct horse", cheap));
    auto whole = content();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        write(ByteView(whole).first(length));
        ASSERT_EQ(load_keystore(path, "correct horse").error(), Errc::damaged_file) << length;
    }
    whole.push_back(0);
    write(whole);
    EXPECT_EQ(load_keystore(path, "correct horse").error(), Errc::damaged_file);
}

TEST_F(Keystore, a_later_version_is_called_that_whatever_its_length) {
    ASSERT_TRUE(save_keystore(path, seed, "correct horse", cheap));
    auto file = content();
    set_u32(file, 8, 2);
    fix_checks(file);
    for (const std::size_t length : {48u, 136u, 400u}) {
        auto other = file;
        other.resize(length);
        write(other);
        EXPECT_EQ(load_keystore(path, "correct horse").error(), Errc::unknown_version) << length;
    }
}

TEST_F(Keystore, costs_out_of_bounds_are_refused_before_memory_is_spent) {
    ASSERT_TRUE(save_keystore(path, seed, "correct horse", cheap));
    const auto file = content();
    constexpr auto most = 0xffffffffu;
    struct Case {
        std::uint32_t passes, memory_kib, lanes;
    };
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    for (const auto& c : {Case{0, 8, 1},
                          {9, 8, 1},
                          {1, 7, 1},
                          {1, 1024 * 1024 + 1, 1},
                          {1, 8, 0},
                          {1, 8 * 9, 9},
                          {1, 63, 8},
                          {most, most, most},
                          {1, most, 1},
                          {most, 8, 1},
                          {1, 8, most}}) {
        auto changed = file;
        set_u32(changed, 12, c.passes);
        set_u32(changed, 16, c.memory_kib);
        set_u32(changed, 20, c.lanes);
        fix_checks(changed);
        write(changed);
        EXPECT_EQ(load_keystore(path, "correct horse").error(), Errc::bad_parameters);
        EXPECT_EQ(save_keystore(path, seed, "x", {c.passes, c.memory_kib, c.lanes}).error(),
                  Errc::bad_parameters);
    }
    getrusage(RUSAGE_SELF, &after);
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 * 1024) << "KiB";
}

TEST_F(Keystore, changed_costs_within_bounds_cannot_be_slipped_in) {
    ASSERT_TRUE(save_keystore(path, seed, "correct horse", {2, 8, 1}));
    auto file = content();
    set_u32(file, 12, 1);
    fix_checks(file);
    write(file);
    EXPECT_EQ(load_keystore(path, "correct horse").error(), Errc::wrong_passphrase);
}

TEST_F(Keystore, is_0600_whatever_the_umask_and_the_old_files_mode) {
    write(Buffer{1, 2, 3});
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
        const auto old_mask = ::umask(mask);
        ASSERT_TRUE(save_keystore(path, seed, "x", cheap));
        ::umask(old_mask);
        struct stat status {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, 0600u);
    }
    EXPECT_EQ(files_in_folder(), 1u);
}

TEST_F(Keystore, leaves_the_old_file_whole_and_no_litter_when_writing_fails) {
    ASSERT_TRUE(save_keystore(path, seed, "old", cheap));
    const auto before = content();
    // A limit of 100 bytes stands for a full disk: the write stops
    // half-way, in every user's hands, root's too.
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit unlimited{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    const rlimit limited{100, unlimited.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limited), 0);
    const auto saved = save_keystore(path, seed, "new", cheap);
    const int reason = errno;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    std::signal(SIGXFSZ, old_handler);

    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error(), Errc::file_error);
    EXPECT_EQ(reason, EFBIG);
    EXPECT_EQ(content(), before);
    EXPECT_EQ(files_in_folder(), 1u);
    EXPECT_TRUE(load_keystore(path, "old"));
}

TEST_F(Keystore, says_file_error_and_errno_where_there_is_no_file_or_folder) {
    EXPECT_EQ(load_keystore(path, "x").error(), Errc::file_error);
    EXPECT_EQ(errno, ENOENT);
    EXPECT_EQ(load_keystore(folder, "x").error(), Errc::file_error);
    EXPECT_EQ(errno, EISDIR);
    EXPECT_EQ(save_keystore(folder / "none" / "identity", seed, "x", cheap).error(), Errc::file_error);
    EXPECT_EQ(errno, ENOENT);
}

TEST_F(Keystore, a_folder_in_the_files_place_is_not_replaced) {
    std::filesystem::create_directory(path);
    EXPECT_EQ(save_keystore(path, seed, "x", cheap).error(), Errc::file_error);
    EXPECT_EQ(files_in_folder(), 1u);
    EXPECT_TRUE(std::filesystem::is_directory(path));
}

TEST_F(Keystore, the_same_seed_saved_twice_shares_neither_salt_nor_ciphertext) {
    ASSERT_TRUE(save_keystore(path, seed, "x", cheap));
    const auto first = content();
    ASSERT_TRUE(save_keystore(path, seed, "x", cheap));
    const auto second = content();
    EXPECT_FALSE(std::equal(first.begin() + 24, first.begin() + 40, second.begin() + 24));
    EXPECT_FALSE(std::equal(first.begin() + 48, first.begin() + 120, second.begin() + 48));
}

}  // namespace
}  // namespace crypto
