// tests/node/cli/user_test.cpp - `user` through the binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "node/state/user_table.hpp"
#include "node/state/waiting_callers.hpp"
#include "sip/auth/digest.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::HasSubstr;
using testing::Not;

class UserCli : public testing::Test {
protected:
    TestNode node{""};
};

TEST_F(UserCli, a_user_gets_a_password_that_is_printed_once_and_kept_as_digests_only) {
    const auto added = node.command({"user", "add", "Alice"});
    ASSERT_EQ(added.code, 0) << added.err;
    EXPECT_THAT(added.out, HasSubstr("Others cannot call yet: `hedgewitch init`"));
    std::smatch match;
    const std::string out = added.out;
    ASSERT_TRUE(std::regex_search(out, match, std::regex("password +([0-9]{20})"))) << out;
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

TEST_F(UserCli, users_are_added_changed_and_removed_with_clear_errors) {
    EXPECT_EQ(node.command({"user", "list"}).out, "");
    EXPECT_EQ(node.command({"user", "add", "bob", "--password-stdin"}, "twelve chars\n").code, 0);
    EXPECT_EQ(node.command({"user", "add", "bob", "--password-stdin"}, "twelve chars\n").code, 1);
    EXPECT_EQ(node.command({"user", "add", "carol", "--password-stdin"}, "").code, 1);
    EXPECT_THAT(node.command({"user", "add", "b o b"}).err, HasSubstr("is no user name"));
    EXPECT_EQ(node.command({"user", "passwd", "bob", "--password-stdin"}, "another twelve\n").code, 0);
    EXPECT_EQ(node.command({"user", "passwd", "nobody"}).code, 1);
    EXPECT_EQ(node.command({"user", "remove", "bob"}).code, 0);
    EXPECT_EQ(node.command({"user", "remove", "bob"}).code, 1);
    EXPECT_EQ(node.command({"user", "list"}).out, "");
}

TEST_F(UserCli, a_phone_is_set_up_with_the_node_as_its_server_and_outbound_proxy) {
    TestNode here("[sip]\nlisten = [\"udp:127.0.0.9:5090\"]\n");
    for (const auto& out :
         {here.command({"user", "add", "alice"}).out, here.command({"user", "passwd", "alice"}).out}) {
        EXPECT_THAT(out, HasSubstr("  server          127.0.0.9:5090\n"));
        EXPECT_THAT(out, HasSubstr("  outbound proxy  127.0.0.9:5090    the same"));
    }
}

TEST_F(UserCli, an_empty_list_says_so_and_scripts_still_read_nothing) {
    const auto list = node.command({"user", "list"});
    EXPECT_EQ(list.out, "");
    EXPECT_THAT(list.err, HasSubstr("`hedgewitch user add NAME`"));
    for (const char* what : {"contact", "trust", "zone", "device"})
        EXPECT_THAT(node.command({what, "list"}).err, HasSubstr("`hedgewitch ")) << what;
    EXPECT_THAT(node.command({"invite", "list"}).err, HasSubstr("`hedgewitch invite"));
    EXPECT_EQ(node.command({"user", "list", "--json"}).err, "");
}

TEST_F(UserCli, who_takes_an_emergency_number_for_a_name_is_told) {
    const auto f = node.command({"user", "add", "112"});
    EXPECT_EQ(f.code, 0) << f.err;
    EXPECT_THAT(f.err, HasSubstr("112 is an emergency number"));
    EXPECT_THAT(node.command({"user", "add", "1120"}).err, Not(HasSubstr("emergency")));
}

TEST_F(UserCli, a_password_that_can_be_guessed_is_refused_and_one_is_offered) {
    for (const char* weak :
         {"1\n", "eleven char\n", "aaaaaaaaaaaaaaaa\n", "121212121212\n", "gr\u00fcne Gurk\n"}) {
        const auto refused = node.command({"user", "add", "bob", "--password-stdin"}, weak);
        EXPECT_EQ(refused.code, 1) << weak;
        EXPECT_THAT(refused.err, HasSubstr("Without --password-stdin one is made for you")) << weak;
    }
    EXPECT_EQ(node.command({"user", "list"}).out, "") << "and nobody was added";
    ASSERT_EQ(node.command({"user", "add", "bob"}).code, 0);
    EXPECT_EQ(node.command({"user", "passwd", "bob", "--password-stdin"}, "short\n").code, 1);
    EXPECT_EQ(node.command({"user", "passwd", "bob", "--password-stdin"}, "gr\u00fcne Gurken\n").code, 0)
        << "characters, not bytes";
}

TEST_F(UserCli, what_a_user_wants_with_strangers_is_said_by_name_of_the_mode) {
    ASSERT_EQ(node.command({"user", "add", "bob"}).code, 0);
    EXPECT_EQ(node.command({"user", "strangers", "bob", "ask"}).out, "bob: ask\n");
    {
        Database db(node.state() / "state.db", Durability::process_crash);
        EXPECT_EQ(WaitingCallers(db).mode_of("bob"), StrangerPolicy::ask);
    }
    EXPECT_THAT(node.command({"user", "strangers", "bob", "default"}).out, HasSubstr("sip.strangers"));
    EXPECT_THAT(node.command({"user", "strangers", "bob", "maybe"}).err,
                HasSubstr("none of allow, ask, reject"));
    EXPECT_THAT(node.command({"user", "strangers", "eve", "ask"}).err, HasSubstr("there is no user eve"));
}

}  // namespace
}  // namespace node
