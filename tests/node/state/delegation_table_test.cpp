// tests/node/state/delegation_table_test.cpp - delegations outlive the process.
#include "node/state/delegation_table.hpp"

#include <gtest/gtest.h>

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

std::chrono::sys_seconds at(int seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000 + seconds));
}

struct DelegationTableTest : StateTest {
    Database db = open();
    Database again = open();
};

TEST_F(DelegationTableTest, a_delegation_is_replaced_and_revoked) {
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

}  // namespace
}  // namespace node
