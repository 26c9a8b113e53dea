// tests/node/state/tombstone_table_test.cpp - revocations are kept, and whose they are.
#include "node/state/tombstone_table.hpp"

#include <gtest/gtest.h>

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

std::chrono::sys_seconds at(int seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000 + seconds));
}

struct Tombstones : StateTest {
    Database db = open();
    Database again = open();
};

TEST_F(Tombstones, tombstones_are_kept_once_and_only_revoke_own_gives_the_own_key_up) {
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
