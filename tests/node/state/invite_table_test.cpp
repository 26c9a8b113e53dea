// tests/node/state/invite_table_test.cpp - invites outlive the process, and end with their user.
#include "node/state/invite_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/state/user_table.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::chrono::sys_seconds at(int seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000 + seconds));
}
std::vector<std::uint8_t> secret(std::uint8_t n) {
    return std::vector<std::uint8_t>(16, n);
}

struct Invites : StateTest {
    Database db = open();
    Database again = open();
};

TEST_F(Invites, invites_are_numbered_by_age_and_seen_by_another_connection) {
    InviteTable table(db);
    EXPECT_TRUE(table.add({"alice", secret(9), "for bob", at(1)}));
    EXPECT_TRUE(table.add({"alice", secret(3), "for carol", at(2)}));
    EXPECT_TRUE(table.add({"dora", secret(3), "", at(2)}));
    InviteTable other(again);
    EXPECT_THAT(other.secrets_of("alice"), ElementsAre(secret(9), secret(3)));
    EXPECT_EQ(other.of("alice").at(1).note, "for carol");
    EXPECT_FALSE(other.remove("alice", 0));
    EXPECT_FALSE(other.remove("alice", 3));
    EXPECT_TRUE(other.remove("alice", 1));
    table.reload();
    EXPECT_THAT(table.secrets_of("alice"), ElementsAre(secret(3)));
    EXPECT_THAT(table.secrets_of("dora"), ElementsAre(secret(3)));
}

TEST_F(Invites, a_user_has_at_most_eight_invites) {
    InviteTable table(db);
    for (std::uint8_t i = 0; i < 8; ++i)
        EXPECT_TRUE(table.add({"alice", secret(i), "", at(i)}));
    EXPECT_FALSE(table.add({"alice", secret(8), "", at(8)}));
    EXPECT_TRUE(table.add({"bob", secret(8), "", at(8)}));
}

TEST_F(Invites, a_user_that_is_removed_takes_its_invites_along) {
    UserTable users(db, "hedgewitch");
    users.add({"alice", "hedgewitch", {"x", "y"}, at(0)});
    InviteTable table(db);
    EXPECT_TRUE(table.add({"alice", secret(1), "", at(1)}));
    EXPECT_TRUE(users.remove("alice"));
    table.reload();
    EXPECT_THAT(table.secrets_of("alice"), IsEmpty());
}

}  // namespace
}  // namespace node
