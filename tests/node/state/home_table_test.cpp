// tests/node/state/home_table_test.cpp - homes over a restart, within their bound.
#include "node/state/home_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/state/user_table.hpp"
#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::chrono::sys_seconds now{1'800'000'000s};

sip::Home home(const std::string& source, const std::string& account, std::chrono::sys_seconds seen = now) {
    return {asio::ip::make_address(source), account, seen};
}

class HomeTableTest : public StateTest {};

TEST_F(HomeTableTest, homes_are_kept_over_a_restart_the_latest_sight_of_each) {
    {
        auto db = open();
        HomeTable table(db);
        table.put(home("192.0.2.1", "alice", now - 2 * 24h));
        table.put(home("2001:db8::", "alice", now - 1h));
        table.put(home("192.0.2.1", "bob", now - 24h));
        table.put(home("192.0.2.1", "alice"));
    }
    auto db = open();
    EXPECT_THAT(HomeTable(db).all(now),
                ElementsAre(home("192.0.2.1", "bob", now - 24h), home("2001:db8::", "alice", now - 1h),
                            home("192.0.2.1", "alice")));
}

TEST_F(HomeTableTest, what_is_too_old_is_gone_and_the_homes_of_a_user_who_is) {
    auto db = open();
    HomeTable table(db);
    table.put(home("192.0.2.1", "alice", now - sip::AnswerGate::home_for - 1s));
    table.put(home("192.0.2.2", "alice"));
    table.put(home("192.0.2.2", "bob"));
    EXPECT_EQ(table.all(now).size(), 2u);
    UserTable users(db, "hedgewitch");
    users.remove("alice");
    EXPECT_THAT(table.all(now), ElementsAre(home("192.0.2.2", "bob")));
}

TEST_F(HomeTableTest, of_too_many_the_oldest_go) {
    auto db = open();
    db.execute("BEGIN");
    HomeTable table(db);
    const auto address = [](int i) {
        return "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256);
    };
    for (int i = 0; i < 5'000; ++i)
        table.put(home(address(i), "alice", now + std::chrono::seconds(i)));
    db.execute("COMMIT");
    const auto all = table.all(now);
    ASSERT_EQ(all.size(), sip::AnswerGate::max_homes);
    EXPECT_EQ(all.back(), home(address(4'999), "alice", now + 4'999s));
}

}  // namespace
}  // namespace node
