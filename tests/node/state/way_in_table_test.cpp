// tests/node/state/way_in_table_test.cpp - addresses to begin from outlive the process; the latest stay.
#include "node/state/way_in_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

std::chrono::sys_seconds at(int seconds) {
    return std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000 + seconds));
}

sip::Endpoint endpoint(const std::string& address, std::uint16_t port = 4222) {
    return {asio::ip::make_address(address), port};
}

using WayInTableTest = StateTest;

TEST_F(WayInTableTest, the_latest_come_first_and_another_connection_sees_them) {
    Database db = open(), again = open();
    WayInTable(db).add({endpoint("203.0.113.1"), endpoint("2001:db8::1", 5)}, at(1));
    WayInTable(db).add({endpoint("203.0.113.2")}, at(2));
    EXPECT_THAT(WayInTable(again).all(),
                ElementsAre(endpoint("203.0.113.2"), endpoint("203.0.113.1"), endpoint("2001:db8::1", 5)));
    WayInTable(again).add({endpoint("203.0.113.1")}, at(3));
    EXPECT_EQ(WayInTable(db).all().front(), endpoint("203.0.113.1")) << "named again";
    EXPECT_THAT(WayInTable(db).all(), SizeIs(3));
}

TEST_F(WayInTableTest, of_too_many_the_oldest_go) {
    Database db = open();
    WayInTable table(db);
    for (int i = 0; i < 40; ++i)
        table.add({endpoint("203.0.113." + std::to_string(i))}, at(i));
    EXPECT_THAT(table.all(), SizeIs(WayInTable::most));
    EXPECT_EQ(table.all().back(), endpoint("203.0.113.28"));
}

}  // namespace
}  // namespace node
