// tests/node/cli/cli_test.cpp - the commands that need no running node, through the binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "crypto/name.hpp"
#include "node/config/config.hpp"
#include "node/state/user_table.hpp"
#include "sip/auth/digest.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

class Cli : public testing::Test {
protected:
    std::string line(const Finished& f) { return f.out.substr(0, f.out.find('\n')); }
    TestNode node{""};
};

TEST_F(Cli, init_makes_an_identity_once_and_refuses_to_overwrite_it) {
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

TEST_F(Cli, a_backup_restores_the_same_identity_elsewhere) {
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

TEST_F(Cli, restore_gives_up_an_identity_only_when_told_to) {
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

TEST_F(Cli, a_user_gets_a_password_that_is_printed_once_and_kept_as_digests_only) {
    const auto added = node.command({"user", "add", "Alice"});
    ASSERT_EQ(added.code, 0) << added.err;
    std::smatch match;
    const std::string out = added.out;
    ASSERT_TRUE(std::regex_search(out, match, std::regex("password  ([0-9]{20})"))) << out;
    const std::string password = match[1];
    {
        Database db(node.state() / "state.db", Durability::process_crash);
        UserTable users(db, "hedgewitch");
        const auto expected = sip::credentials_of("alice", "hedgewitch", password);
        ASSERT_NE(users.find("alice"), nullptr);
        EXPECT_EQ(users.find("alice")->ha1_md5, expected.ha1_md5);
        EXPECT_EQ(users.find("alice")->ha1_sha256, expected.ha1_sha256);
    }
    for (const auto& entry : std::filesystem::directory_iterator(node.state())) {
        EXPECT_EQ(read_text(entry.path()).find(password), std::string::npos) << entry.path();
    }
    EXPECT_EQ(node.command({"user", "list"}).out, "alice  listed\n");
    EXPECT_EQ(nlohmann::json::parse(node.command({"user", "list", "--json"}).out).at(0).at("user"), "alice");
}

TEST_F(Cli, users_are_added_changed_and_removed_with_clear_errors) {
    EXPECT_EQ(node.command({"user", "list"}).out, "");
    EXPECT_EQ(node.command({"user", "add", "bob", "--password-stdin"}, "secret\n").code, 0);
    EXPECT_EQ(node.command({"user", "add", "bob", "--password-stdin"}, "secret\n").code, 1);
    EXPECT_EQ(node.command({"user", "add", "carol", "--password-stdin"}, "").code, 1);
    EXPECT_THAT(node.command({"user", "add", "b o b"}).err, HasSubstr("is no user name"));
    EXPECT_EQ(node.command({"user", "passwd", "bob", "--password-stdin"}, "other\n").code, 0);
    EXPECT_EQ(node.command({"user", "passwd", "nobody"}).code, 1);
    EXPECT_EQ(node.command({"user", "remove", "bob"}).code, 0);
    EXPECT_EQ(node.command({"user", "remove", "bob"}).code, 1);
    EXPECT_EQ(node.command({"user", "list"}).out, "");
}

TEST_F(Cli, what_needs_a_running_node_says_so_with_its_own_exit_code) {
    ASSERT_EQ(node.command({"init"}).code, 0);
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"status"}, {"lookup", "sip:bob@example.org"}, {"reload"}, {"stop"}}) {
        const auto f = node.command(arguments);
        EXPECT_EQ(f.code, 3) << arguments[0];
        EXPECT_THAT(f.err, HasSubstr("not running"));
    }
}

TEST_F(Cli, run_without_an_identity_tells_how_to_make_one) {
    const auto f = node.command({"run"});
    EXPECT_EQ(f.code, 1);
    EXPECT_THAT(f.err, HasSubstr("hedgewitch init"));
}

TEST_F(Cli, a_wrong_command_line_and_a_wrong_configuration_are_exit_code_2) {
    EXPECT_EQ(node.command({}).code, 2);
    EXPECT_EQ(node.command({"dance"}).code, 2);
    EXPECT_EQ(node.command({"user", "add"}).code, 2);
    TestNode wrong("[sip]\nlisen = []\n");
    const auto f = wrong.command({"user", "list"});
    EXPECT_EQ(f.code, 2);
    EXPECT_THAT(f.err, AllOf(HasSubstr(wrong.config().string() + ":4: "), HasSubstr("sip.listen")));
}

TEST_F(Cli, config_prints_every_key_so_that_it_can_be_read_back) {
    const auto f = node.command({"config"});
    EXPECT_EQ(f.code, 0);
    for (const char* key : {"[state]", "dir = ", "listen = ", "bootstrap = [\"bootstrap.jami.net:4222\"]",
                            "on_failure = \"fall back\"", "[pins]"}) {
        EXPECT_THAT(f.out, HasSubstr(key));
    }
    EXPECT_NO_THROW(Config::parse(f.out, "printed"));
    EXPECT_THAT(node.command({"version"}).out, MatchesRegex("hedgewitch [0-9.]+\n"));
}

}  // namespace
}  // namespace node
