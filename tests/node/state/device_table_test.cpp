// tests/node/state/device_table_test.cpp - no two nodes of an owner write the same slot at the same time.
#include "node/state/device_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/scratch.hpp"

namespace node {
namespace {

using std::chrono::days;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using testing::ElementsAre;

constexpr sys_seconds t0{seconds(1'800'000'000)};
constexpr crypto::PublicKey first{1}, second{2};

class Devices : public testing::Test {
protected:
    Scratch scratch;
    Database db{scratch.dir / "state.db", Durability::process_crash};
    DeviceTable table{db};
};

TEST_F(Devices, are_listed_by_slot_and_forgotten) {
    table.put({first, 5, t0 + days(30), t0});
    table.put({second, 1, t0 + days(30), t0});
    EXPECT_THAT(table.all(),
                ElementsAre(DeviceRow{second, 1, t0 + days(30), t0}, DeviceRow{first, 5, t0 + days(30), t0}));
    EXPECT_TRUE(table.forget(first));
    EXPECT_FALSE(table.forget(first));
    EXPECT_EQ(table.all().size(), 1U);
}

TEST_F(Devices, a_slot_is_one_nodes_and_a_node_keeps_its_slot_while_certificates_run) {
    table.put({first, 1, t0 + days(30), t0});
    EXPECT_FALSE(table.in_the_way(first, 1, t0));
    EXPECT_EQ(table.in_the_way(second, 1, t0)->key, first);
    EXPECT_EQ(table.in_the_way(first, 2, t0)->slot, 1);
    EXPECT_FALSE(table.in_the_way(second, 2, t0));
    EXPECT_FALSE(table.in_the_way(second, 1, t0 + days(30)));  // they have run out
    EXPECT_FALSE(table.in_the_way(first, 2, t0 + days(30)));
}

TEST_F(Devices, a_slot_that_ran_out_goes_to_the_next_and_a_node_has_one_row) {
    table.put({first, 1, t0, t0});
    table.put({second, 1, t0 + days(60), t0});
    EXPECT_THAT(table.all(), ElementsAre(DeviceRow{second, 1, t0 + days(60), t0}));
    table.put({second, 2, t0 + days(90), t0 + days(60)});
    EXPECT_THAT(table.all(), ElementsAre(DeviceRow{second, 2, t0 + days(90), t0 + days(60)}));
}

TEST_F(Devices, certified_for_fewer_days_the_longer_certificates_given_before_still_count) {
    table.put({first, 1, t0 + days(30), t0});
    table.put({first, 1, t0 + days(2), t0 + days(1)});
    EXPECT_EQ(table.all().front().valid_until, t0 + days(30));
}

}  // namespace
}  // namespace node
