// tests/node/cli/identity_test.cpp - `init`, `address`, `backup`, `restore` through the binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <regex>

#include "crypto/name.hpp"
#include "node/identity/revocation_file.hpp"
#include "node/state/state_copy.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class IdentityCli : public testing::Test {
protected:
    std::string line(const Finished& f) { return f.out.substr(0, f.out.find('\n')); }
    TestNode node{""};
};

TEST_F(IdentityCli, init_makes_an_identity_once_and_refuses_to_overwrite_it) {
    const auto first = node.command({"init"});
    EXPECT_EQ(first.code, 0) << first.err;
    const std::string address = line(node.command({"address"}));
    EXPECT_THAT(address, MatchesRegex("[a-z2-7]{56}\\.hedge\\.alt"));
    EXPECT_THAT(first.out, AllOf(HasSubstr(address), HasSubstr("hedgewitch backup")));
    const auto second = node.command({"init"});
    EXPECT_EQ(second.code, 1);
    EXPECT_THAT(second.err, HasSubstr(address));
    EXPECT_EQ(node.command({"init", "--if-missing"}).code, 0);
    EXPECT_EQ(line(node.command({"address"})), address);
    struct stat info {};
    ASSERT_EQ(stat((node.state() / "identity.key").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(IdentityCli, a_backup_restores_the_same_identity_elsewhere) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    const std::string address = line(node.command({"address"}));
    EXPECT_EQ(node.command({"backup"}).code, 1);  // no terminal, and not told --yes
    const auto backup = node.command({"backup", "--yes", "--qr"});
    ASSERT_EQ(backup.code, 0) << backup.err;
    const std::string seed = line(backup);
    EXPECT_EQ(seed.size(), 56U);
    EXPECT_THAT(backup.out, HasSubstr("█"));

    TestNode other("");
    EXPECT_EQ(other.command({"restore"}, "nonsense\n").code, 1);
    EXPECT_EQ(other.command({"restore"}, address.substr(0, 56) + "\n").code, 1);  // the address is no backup
    const auto restored = other.command({"restore"}, seed.substr(0, 28) + " " + seed.substr(28) + "\n");
    ASSERT_EQ(restored.code, 0) << restored.err;
    EXPECT_EQ(line(other.command({"address"})), address);
    EXPECT_EQ(line(other.command({"backup", "--yes"})), seed);
}

TEST_F(IdentityCli, restore_gives_up_an_identity_only_when_told_to) {
    TestNode other("");
    ASSERT_EQ(node.command({"init"}).code, 0);
    ASSERT_EQ(other.command({"init"}).code, 0);
    const std::string seed = line(node.command({"backup", "--yes"}));
    const std::string before = line(other.command({"address"}));
    const auto refused = other.command({"restore"}, seed + "\n");
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("--replace"), HasSubstr(before)));
    EXPECT_EQ(line(other.command({"address"})), before);
    EXPECT_EQ(other.command({"restore", "--replace"}, seed + "\n").code, 0);
    EXPECT_EQ(line(other.command({"address"})), line(node.command({"address"})));
}

TEST_F(IdentityCli, one_file_brings_back_the_key_the_users_and_what_they_know) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    ASSERT_EQ(node.command({"user", "add", "alice", "--password-stdin"}, "down the rabbit hole\n").code, 0);
    ASSERT_EQ(node.command({"contact", "add", "mum", "sip:mum@example.org"}).code, 0);
    const auto file = (node.state().parent_path() / "all.hwb").string();
    const auto backup = node.command({"backup", "--all", file});
    ASSERT_EQ(backup.code, 0) << backup.err;
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms(0600));
    std::smatch shown;
    ASSERT_TRUE(std::regex_search(backup.out, shown, std::regex("\n  ([0-9]{4}( [0-9]{4}){4})\n")))
        << backup.out;
    const std::string passphrase = shown[1].str() + "\n";
    for (const char* told : {"alice", "mum@example.org", "SQLite"})
        EXPECT_EQ(read_text(file).find(told), std::string::npos) << "it is sealed";
    EXPECT_FALSE(std::filesystem::exists(file + ".tmp"));

    TestNode other("");
    EXPECT_THAT(other.command({"restore", "--all", node.config().string()}).err,
                HasSubstr("was not made by"));
    EXPECT_EQ(other.command({"address"}).code, 1) << "what is no backup makes nothing";
    EXPECT_THAT(other.command({"restore", file}, "00000000000000000000\n").err,
                HasSubstr("not its passphrase"));
    EXPECT_THAT(other.command({"restore", file}, "").err, HasSubstr("is sealed"));
    const auto torn = (node.state().parent_path() / "torn.hwb").string();
    write_text(torn, read_text(file).substr(0, 5000));
    EXPECT_THAT(other.command({"restore", torn}, passphrase).err, HasSubstr("is damaged, or not all of it"));
    EXPECT_EQ(other.command({"address"}).code, 1) << "nothing of it was taken";
    const auto huge = (node.state().parent_path() / "film.mkv").string();
    write_text(huge, read_text(file));
    std::filesystem::resize_file(huge, (std::uintmax_t{256} << 20) + 1);  // without taking room on the disk
    EXPECT_THAT(other.command({"restore", huge}, passphrase).err,
                HasSubstr("has more than 256 MB, as no backup of Hedgewitch has"));
    const auto restored = other.command({"restore", file}, passphrase);
    ASSERT_EQ(restored.code, 0) << restored.err;
    EXPECT_THAT(restored.out, HasSubstr("hedgewitch.toml.restored"));
    EXPECT_EQ(read_text(other.state() / "hedgewitch.toml.restored"), read_text(node.config()));
    EXPECT_EQ(line(other.command({"address"})), line(node.command({"address"})));
    EXPECT_EQ(line(other.command({"backup", "--yes"})), line(node.command({"backup", "--yes"})));
    EXPECT_EQ(other.command({"user", "list"}).out, node.command({"user", "list"}).out);
    EXPECT_EQ(other.command({"contact", "export"}).out, node.command({"contact", "export"}).out);
    EXPECT_EQ(other.command({"restore", "--all", file}, passphrase).code, 1)
        << "not over an identity, unless told";
    EXPECT_EQ(other.command({"restore", "--all", file, "--replace"}, passphrase).code, 0);
    EXPECT_EQ(node.command({"backup", "--all", file, "--backup-passphrase"}, "short\n").code, 1);
    EXPECT_EQ(node.command({"backup", "--all", file, "--backup-passphrase"}, "down the rabbit hole\n").code,
              0);
    EXPECT_EQ(other.command({"restore", file, "--replace"}, "down the rabbit hole\n").code, 0);
}

TEST_F(IdentityCli, a_state_file_that_is_gone_comes_back_from_the_daily_copy_or_empty_when_told) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    ASSERT_EQ(node.command({"user", "add", "alice", "--password-stdin"}, "down the rabbit hole\n").code, 0);
    copy_database(node.state() / "state.db", node.state() / "state.db.daily");
    ASSERT_EQ(node.command({"user", "add", "bob", "--password-stdin"}, "can we fix it\n").code, 0);
    for (const auto& bytes : {std::string(), std::string(9000, 'x')}) {
        write_text(node.state() / "state.db", bytes);
        for (const char* end : {"-wal", "-shm"})
            std::filesystem::remove(node.state() / ("state.db" + std::string(end)));
        EXPECT_THAT(node.command({"user", "list"}).err, HasSubstr("restore --daily"));
        EXPECT_THAT(node.command({"run"}).err, HasSubstr("restore --daily"));
        const auto restored = node.command({"restore", "--daily"});
        ASSERT_EQ(restored.code, 0) << restored.err;
        EXPECT_EQ(node.command({"user", "list"}).out, "alice  listed\n");
    }
    EXPECT_EQ(read_text(node.state() / "state.db.before"), std::string(9000, 'x'));
    std::filesystem::remove(node.state() / "state.db.daily");
    std::filesystem::remove(node.state() / "state.db");
    EXPECT_EQ(node.command({"restore", "--daily"}).code, 1);
    EXPECT_EQ(node.command({"restore", "--empty"}).code, 0);
    EXPECT_EQ(node.command({"user", "list"}).out, "");
}

TEST_F(IdentityCli, killed_at_any_time_restore_and_init_leave_one_whole_identity) {
    TestNode other("");
    ASSERT_EQ(node.command({"init"}).code, 0);
    ASSERT_EQ(other.command({"init"}).code, 0);
    const std::string seeds[] = {line(other.command({"backup", "--yes"})),
                                 line(node.command({"backup", "--yes"}))};
    for (int round = 0; round < 12; ++round) {
        const auto folder = node.state().parent_path() / ("killed-" + std::to_string(round));
        std::filesystem::create_directory(folder);
        Process restore({HEDGEWITCH, "--config", node.config().string(), "restore", "--replace"}, folder,
                        seeds[round % 2] + "\n");
        // Kills it at another point of its work each time: when that many files are there which were not.
        const auto before = std::distance(std::filesystem::directory_iterator(node.state()), {});
        (void)eventually(
            [&] {
                return std::distance(std::filesystem::directory_iterator(node.state()), {}) >
                       before + round % 4;
            },
            std::chrono::seconds(3));
        restore.signal(SIGKILL);
        (void)restore.wait();
        const auto backup = node.command({"backup", "--yes"});
        ASSERT_EQ(backup.code, 0) << backup.err;
        EXPECT_TRUE(line(backup) == seeds[0] || line(backup) == seeds[1]);
        EXPECT_EQ(crypto::encode_name(read_revocation(node.state() / "revocation.hwt").owner) + ".hedge.alt",
                  line(node.command({"address"})));
    }
}

TEST_F(IdentityCli, output_that_cannot_be_written_is_an_error_and_what_is_shown_once_is_not_made) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    const auto into_full = [&](const std::string& command) {
        const auto folder =
            node.state().parent_path() / ("full-" + std::to_string(std::hash<std::string>()(command)));
        std::filesystem::create_directory(folder);
        return Process({"/bin/sh", "-c",
                        "exec " HEDGEWITCH " --config " + node.config().string() + " " + command +
                            " > /dev/full"},
                       folder)
            .wait();
    };
    const auto refused = into_full("user add alice");
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("No space left"));
    EXPECT_EQ(node.command({"user", "list"}).out, "");
    ASSERT_EQ(node.command({"user", "add", "bob", "--password-stdin"}, "can we fix it\n").code, 0);
    const std::string invites = node.command({"invite", "list"}).out;
    EXPECT_EQ(into_full("invite bob --unlisted").code, 1);
    EXPECT_EQ(node.command({"invite", "list"}).out, invites);
    for (const char* command :
         {"user list", "contact export", "address", "config", "version", "user passwd bob", "backup --yes",
          "trust list --json", "--help", "user --help", "--version"})
        EXPECT_EQ(into_full(command).code, 1) << command;
}

}  // namespace
}  // namespace node
