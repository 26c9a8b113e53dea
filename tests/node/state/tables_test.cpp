// tests/node/state/tables_test.cpp - invites, delegations, certificates and tombstones outlive the process
// that wrote them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/state/certificate_table.hpp"
#include "node/state/delegation_table.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/tombstone_table.hpp"
#include "node/state/user_table.hpp"
#include "tests/node/scratch.hpp"

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

struct Tables : testing::Test {
    Scratch scratch;
    Database db{scratch.dir / "state.db", Durability::process_crash};
    Database again{scratch.dir / "state.db", Durability::process_crash};
};

TEST_F(Tables, invites_are_numbered_by_age_and_seen_by_another_connection) {
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

TEST_F(Tables, a_user_has_at_most_eight_invites) {
    InviteTable table(db);
    for (std::uint8_t i = 0; i < 8; ++i)
        EXPECT_TRUE(table.add({"alice", secret(i), "", at(i)}));
    EXPECT_FALSE(table.add({"alice", secret(8), "", at(8)}));
    EXPECT_TRUE(table.add({"bob", secret(8), "", at(8)}));
}

TEST_F(Tables, a_user_that_is_removed_takes_its_invites_along) {
    UserTable users(db, "hedgewitch");
    users.add({"alice", "hedgewitch", {"x", "y"}, at(0)});
    InviteTable table(db);
    EXPECT_TRUE(table.add({"alice", secret(1), "", at(1)}));
    EXPECT_TRUE(users.remove("alice"));
    table.reload();
    EXPECT_THAT(table.secrets_of("alice"), IsEmpty());
}

TEST_F(Tables, a_user_is_listed_until_the_person_says_otherwise_and_a_new_password_changes_nothing_of_that) {
    UserTable users(db, "hedgewitch");
    users.add({"alice", "hedgewitch", {"x", "y"}, at(0)});
    EXPECT_TRUE(users.all().at(0).listed);
    EXPECT_TRUE(users.set_listed("alice", false));
    EXPECT_FALSE(users.set_listed("bob", false));
    EXPECT_TRUE(users.change({"alice", "hedgewitch", {"a", "b"}, at(0)}));
    EXPECT_FALSE(UserTable(again, "hedgewitch").all().at(0).listed);
}

TEST_F(Tables, a_delegation_is_replaced_and_revoked) {
    DelegationTable table(db);
    table.delegate("alice", {crypto::PublicKey{1}, at(1)});
    table.delegate("alice", {crypto::PublicKey{2}, at(2)});
    table.delegate("bob", {crypto::PublicKey{3}, at(3)});
    DelegationTable other(again);
    EXPECT_EQ(other.targets().at("alice"), crypto::PublicKey{2});
    EXPECT_EQ(other.rows().find("bob")->second.created, at(3));
    EXPECT_TRUE(other.revoke("alice"));
    EXPECT_FALSE(other.revoke("alice"));
    table.reload();
    EXPECT_EQ(table.targets().size(), 1U);
}

TEST_F(Tables, certificates_of_one_owner_are_replaced_whole) {
    const crypto::PublicKey owner{1}, other_owner{2};
    overlay::CertifiedName alice{
        {owner, {}, "alice"}, 3, {{20000, overlay::Certificate{1}}, {20001, overlay::Certificate{2}}}};
    overlay::CertifiedName unlisted{{owner, secret(7), "alice"}, 3, {{20000, overlay::Certificate{3}}}};
    overlay::CertifiedName theirs{{other_owner, {}, "bob"}, 5, {{20000, overlay::Certificate{4}}}};
    CertificateTable table(db);
    table.replace(owner, {alice, unlisted});
    table.replace(other_owner, {theirs});
    EXPECT_THAT(CertificateTable(again).all(), ElementsAre(alice, unlisted, theirs));
    alice.slot = 4;
    table.replace(owner, {alice});
    EXPECT_THAT(CertificateTable(again).all(), ElementsAre(alice, theirs));
}

TEST_F(Tables, tombstones_are_kept_once_and_only_revoke_own_gives_the_own_key_up) {
    TombstoneTable table(db);
    EXPECT_FALSE(table.own_revoked());
    table.add({{220, {1, 2, 3}}, {221, {4, 5}}});
    table.add({{220, {1, 2, 3}}});
    TombstoneTable other(again);
    EXPECT_EQ(other.blocks().size(), 2U);
    EXPECT_FALSE(other.own_revoked());
    table.revoke_own({{222, {6}}}, std::nullopt, at(1));
    other.reload();
    EXPECT_EQ(other.blocks().size(), 3U);
    EXPECT_TRUE(other.own_revoked());
    EXPECT_FALSE(other.moved_to());
    table.revoke_own({}, crypto::PublicKey{9}, at(2));
    other.reload();
    EXPECT_EQ(other.moved_to(), crypto::PublicKey{9});
}

}  // namespace
}  // namespace node
