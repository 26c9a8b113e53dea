// tests/node/cli/invite_test.cpp - invites and unlisted users, through the binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "node/names/invite.hpp"
#include "node/state/invite_table.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class CliInvite : public testing::Test {
protected:
    static std::string line(const Finished& f) { return f.out.substr(0, f.out.find('\n')); }
    void init_with(const std::vector<std::string>& users) {
        ASSERT_EQ(node.command({"init"}).code, 0);
        for (const auto& user : users)
            ASSERT_EQ(node.command({"user", "add", user}).code, 0);
    }
    /// In the order of their numbers.
    std::vector<std::vector<std::uint8_t>> secrets(const std::string& user) {
        Database db(node.state() / "state.db", Durability::process_crash);
        return InviteTable(db).secrets_of(user);
    }
    TestNode node{""};
};

TEST_F(CliInvite, an_invite_without_a_secret_names_the_only_user_and_the_key) {
    EXPECT_THAT(node.command({"invite"}).err, HasSubstr("hedgewitch init"));
    init_with({"alice"});
    const auto made = node.command({"invite"});
    ASSERT_EQ(made.code, 0) << made.err;
    const std::string host = line(node.command({"address"}));
    EXPECT_EQ(line(made), "hedgewitch:" + host.substr(0, 56) + "/alice");
    EXPECT_THAT(made.out, HasSubstr("█"));
    EXPECT_EQ(node.command({"invite", "list"}).out, "");
    EXPECT_THAT(node.command({"invite", "bob"}).err, HasSubstr("no user bob"));
    EXPECT_EQ(node.command({"invite", "--note", "of no use"}).code, 2);
    node.command({"user", "add", "carol"});
    EXPECT_THAT(node.command({"invite"}).err, HasSubstr("say whose invite it is: alice, carol"));
    EXPECT_EQ(line(node.command({"invite", "Carol"})), "hedgewitch:" + host.substr(0, 56) + "/carol");
}

TEST_F(CliInvite, an_unlisted_invite_carries_the_secret_that_is_kept_and_is_shown_once) {
    init_with({"alice"});
    const auto made = node.command({"invite", "--unlisted", "--note", "for Bob"});
    ASSERT_EQ(made.code, 0) << made.err;
    const auto invite = parse_invite(line(made));
    ASSERT_TRUE(invite.has_value()) << invite.error();
    EXPECT_EQ(invite->label, "alice");
    ASSERT_EQ(secrets("alice").size(), 1U);
    EXPECT_EQ(secrets("alice").front(), invite->secret);
    EXPECT_THAT(made.err,
                HasSubstr("alice can still be found by name alone; `hedgewitch user unlist alice`"));

    const std::string secret = line(made).substr(line(made).find("s=") + 2);
    const auto list = node.command({"invite", "list"});
    EXPECT_THAT(list.out, MatchesRegex("alice 1  20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]  for Bob\n"));
    const auto json = node.command({"invite", "list", "--json"});
    const auto entry = nlohmann::json::parse(json.out).at(0);
    EXPECT_EQ(entry.at("user"), "alice");
    EXPECT_EQ(entry.at("number"), 1);
    EXPECT_EQ(entry.at("note"), "for Bob");
    EXPECT_EQ(entry.size(), 4U);
    EXPECT_THAT(list.out + json.out + made.err, Not(HasSubstr(secret.substr(0, 8))));
}

TEST_F(CliInvite, two_secrets_of_one_user_differ_and_one_is_ended_by_its_number) {
    init_with({"alice"});
    ASSERT_EQ(node.command({"invite", "alice", "--unlisted", "--note", "first"}).code, 0);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(1100));  // they are numbered by the second of making
    ASSERT_EQ(node.command({"invite", "alice", "--unlisted", "--note", "second"}).code, 0);
    const auto before = secrets("alice");
    ASSERT_EQ(before.size(), 2U);
    EXPECT_NE(before[0], before[1]);
    EXPECT_THAT(node.command({"invite", "remove", "alice", "3"}).err,
                HasSubstr("alice has no invite 3; `hedgewitch invite list`"));
    EXPECT_EQ(node.command({"invite", "remove", "alice"}).code, 2);
    EXPECT_THAT(node.command({"invite", "remove", "alice", "1"}).out, HasSubstr("  first. Who has it"));
    ASSERT_EQ(secrets("alice").size(), 1U);
    EXPECT_EQ(secrets("alice")[0], before[1]);
    EXPECT_THAT(node.command({"invite", "list"}).out, MatchesRegex("alice 1  [0-9-]+  second\n"));
}

TEST_F(CliInvite, a_ninth_secret_is_refused_with_what_to_do) {
    init_with({"alice"});
    {
        Database db(node.state() / "state.db", Durability::process_crash);
        InviteTable table(db);
        for (std::uint8_t i = 0; i < 8; ++i)
            ASSERT_TRUE(table.add({"alice", std::vector<std::uint8_t>(16, i), "", {}}));
    }
    const auto refused = node.command({"invite", "--unlisted"});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("8 invites already"), HasSubstr("invite remove alice N")));
    EXPECT_THAT(refused.out, Not(HasSubstr("hedgewitch:")));
}

TEST_F(CliInvite, an_unlisted_user_needs_a_secret_to_be_invited_to) {
    init_with({"alice"});
    const auto unlisted = node.command({"user", "unlist", "alice"});
    EXPECT_EQ(unlisted.code, 0);
    EXPECT_THAT(unlisted.err, HasSubstr("`hedgewitch invite alice --unlisted`"));
    EXPECT_EQ(node.command({"user", "list"}).out, "alice  unlisted\n");
    EXPECT_EQ(nlohmann::json::parse(node.command({"user", "list", "--json"}).out).at(0).at("listed"), false);
    EXPECT_THAT(node.command({"invite"}).err, AllOf(HasSubstr("alice is unlisted"), HasSubstr("--unlisted")));
    const auto made = node.command({"invite", "--unlisted"});
    EXPECT_EQ(made.code, 0);
    EXPECT_THAT(made.err, Not(HasSubstr("by name alone")));
    EXPECT_EQ(node.command({"user", "unlist", "alice"}).err, "");
    EXPECT_EQ(node.command({"user", "relist", "alice"}).code, 0);
    EXPECT_EQ(node.command({"user", "list"}).out, "alice  listed\n");
    EXPECT_EQ(node.command({"user", "unlist", "bob"}).code, 1);
}

TEST_F(CliInvite, the_picture_of_a_secret_is_for_its_owner_alone) {
    init_with({"alice"});
    const auto folder = node.config().parent_path();
    ASSERT_EQ(node.command({"invite", "--unlisted", "--png", (folder / "secret.png").string()}).code, 0);
    ASSERT_EQ(node.command({"invite", "--png", (folder / "open.png").string()}).code, 0);
    struct stat info {};
    ASSERT_EQ(stat((folder / "secret.png").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U);
    ASSERT_EQ(stat((folder / "open.png").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0400, 0400U);
    const auto failed = node.command({"invite", "--unlisted", "--png", "/nonexistent/a.png"});
    EXPECT_EQ(failed.code, 1);
    EXPECT_TRUE(parse_invite(line(failed)).has_value());  // made, and so shown
    EXPECT_THAT(failed.err, HasSubstr("/nonexistent/a.png: cannot be written"));
}

}  // namespace
}  // namespace node
