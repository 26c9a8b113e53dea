// tests/node/identity/identity_file_test.cpp - the sealed identity and the
// places its passphrase comes from; QR and passwords.
#include "node/identity/identity_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/identity/revocation_file.hpp"
#include "node/names/password.hpp"
#include "node/names/qr.hpp"
#include "node/state/paths.hpp"
#include "tests/node/scratch.hpp"
#include "tests/sanitized.hpp"

namespace node {
namespace {

using testing::HasSubstr;

constexpr crypto::KeystoreCost cheap{.passes = 1, .memory_kib = 64, .lanes = 1};

class IdentityFile : public testing::Test {
protected:
    IdentityFile() : paths(scratch.dir) { unsetenv("CREDENTIALS_DIRECTORY"); }
    ~IdentityFile() override { unsetenv("CREDENTIALS_DIRECTORY"); }
    Scratch scratch;
    StatePaths paths;
    const crypto::Seed seed{crypto::Bytes<32>{42}};
};

TEST_F(IdentityFile, by_default_a_random_passphrase_lies_beside_it_and_the_node_starts_unattended) {
    write_identity(paths, seed, {}, cheap);
    struct stat info {};
    ASSERT_EQ(stat(paths.passphrase.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    EXPECT_EQ(read_identity(paths, {}).public_key(), crypto::Identity::from_seed(seed).public_key());
    EXPECT_EQ(read_address(paths), own_host(crypto::Identity::from_seed(seed)));
}

TEST_F(IdentityFile, a_passphrase_file_is_used_and_not_copied) {
    write_text(scratch.dir / "secret", "correct horse\n");
    const PassphraseSource source{scratch.dir / "secret", false};
    write_identity(paths, seed, source, cheap);
    EXPECT_FALSE(std::filesystem::exists(paths.passphrase));
    EXPECT_EQ(read_identity(paths, source).public_key(), crypto::Identity::from_seed(seed).public_key());
}

TEST_F(IdentityFile, a_systemd_credential_comes_before_the_file_beside) {
    write_identity(paths, seed, {}, cheap);
    write_text(scratch.dir / "hedgewitch-passphrase", "another\n");
    setenv("CREDENTIALS_DIRECTORY", scratch.dir.c_str(), 1);
    EXPECT_EQ(find_passphrase(paths, {}), "another");
    EXPECT_THROW(read_identity(paths, {}), IdentityError);
}

TEST_F(IdentityFile, a_wrong_passphrase_a_damaged_file_and_a_missing_one_are_told_apart) {
    const auto complaint = [&](const PassphraseSource& source) -> std::string {
        try {
            read_identity(paths, source);
        } catch (const IdentityError& e) {
            return e.what();
        }
        return "(none)";
    };
    EXPECT_THAT(complaint({}), HasSubstr("hedgewitch init"));
    write_identity(paths, seed, {}, cheap);
    write_text(scratch.dir / "wrong", "wrong\n");
    const std::string wrong = complaint({scratch.dir / "wrong", false});
    std::string bytes = read_text(paths.identity);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    write_text(paths.identity, bytes);
    const std::string damaged = complaint({});
    EXPECT_NE(wrong, damaged);
    EXPECT_THAT(wrong, HasSubstr("identity.key"));
    EXPECT_THAT(damaged, HasSubstr("identity.key"));
    EXPECT_THAT(complaint({scratch.dir / "nowhere", false}), HasSubstr("nowhere"));
}

TEST_F(IdentityFile, what_other_users_can_read_or_replace_is_refused_with_the_chmod_that_helps) {
    write_identity(paths, seed, {}, cheap);
    const auto complaint = [&]() -> std::string {
        try {
            read_identity(paths, {});
        } catch (const IdentityError& e) {
            return e.what();
        }
        return "(none)";
    };
    for (const auto& file : {paths.identity, paths.passphrase}) {
        for (const mode_t mode : {0644U, 0640U, 0666U, 0602U}) {
            chmod(file.c_str(), mode);
            EXPECT_THAT(complaint(), HasSubstr("`chmod 600 " + file.string() + "`")) << std::oct << mode;
        }
        chmod(file.c_str(), 0600);
    }
    chmod(paths.dir.c_str(), 0777);
    EXPECT_THAT(complaint(), HasSubstr("`chmod go-w " + paths.dir.string() + "`"));
    chmod(paths.dir.c_str(), 0755);
    EXPECT_EQ(complaint(), "(none)") << "that there is a key is no secret";
    chmod(paths.identity.c_str(), 0400);
    EXPECT_EQ(complaint(), "(none)");
}

TEST_F(IdentityFile, a_key_that_costs_more_memory_than_there_is_is_refused_with_a_sentence_and_not_killed) {
    if (testing::sanitized) GTEST_SKIP() << "shadow memory needs more address space than any limit";
    write_identity(paths, seed, {}, {.passes = 1, .memory_kib = 128 * 1024, .lanes = 1});
    const pid_t child = fork();
    if (child == 0) {
        std::uint64_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        const rlim_t limit = pages * 4096 + 30U * 1024 * 1024;
        const rlimit less{limit, limit};
        setrlimit(RLIMIT_AS, &less);
        try {
            read_identity(paths, {});
        } catch (const IdentityError& e) {
            const std::string text = e.what();
            _exit(text.find("128 MiB") != std::string::npos &&
                          text.find("restore --replace") != std::string::npos
                      ? 0
                      : 2);
        } catch (...) {
            _exit(3);
        }
        _exit(1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST_F(IdentityFile, what_revokes_it_is_made_up_when_it_is_missing_or_of_another_key) {
    write_identity(paths, seed, {}, cheap);
    const auto own = crypto::Identity::from_seed(seed);
    const auto now = build_time();
    ensure_revocation(paths, own, now);
    EXPECT_EQ(read_revocation(paths.revocation).owner, own.public_key());
    const auto kept = read_text(paths.revocation);
    ensure_revocation(paths, own, now);
    EXPECT_EQ(read_text(paths.revocation), kept) << "one that is there stays";
    const auto other = crypto::Identity::generate();
    ensure_revocation(paths, other, now);
    EXPECT_EQ(read_revocation(paths.revocation).owner, other.public_key());
    EXPECT_EQ(
        read_text(paths.dir / ("revocation-" + crypto::encode_name(own.public_key()).substr(0, 8) + ".hwt")),
        kept);
}

TEST(Password, it_is_twenty_digits_that_differ_each_time) {
    std::set<std::string> seen;
    std::set<char> digits;
    for (int i = 0; i < 100; ++i) {
        const std::string password = make_password();
        ASSERT_EQ(password.size(), 20U);
        EXPECT_EQ(password.find_first_not_of("0123456789"), std::string::npos);
        seen.insert(password);
        digits.insert(password.begin(), password.end());
    }
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_EQ(digits.size(), 10U);
    EXPECT_EQ(in_groups("48219034771205639916"), "4821 9034 7712 0563 9916");
}

TEST(Qr, a_code_is_square_with_a_quiet_zone_of_light) {
    const std::string text = qr_text(std::string(56, 'a'));
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    ASSERT_GT(lines.size(), 15U);
    const auto width = [](const std::string& line) {
        std::size_t columns = 0;
        for (const char c : line)
            columns += (c & 0xc0) != 0x80 ? 1U : 0U;
        return columns;
    };
    for (const auto& line : lines)
        EXPECT_EQ(width(line), width(lines[0]));
    EXPECT_EQ((width(lines[0]) + 1) / 2, lines.size());
    EXPECT_EQ(lines[0].find(' '), std::string::npos);
    EXPECT_EQ(lines[1].find(' '), std::string::npos);
    EXPECT_NE(lines[2].find("█"), std::string::npos);
    EXPECT_THROW(qr_text(std::string(5000, 'a')), std::runtime_error);
}

}  // namespace
}  // namespace node
