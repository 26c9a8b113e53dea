// tests/node/cli/clock_test.cpp - `clock accept` through the binary.
#include <gtest/gtest.h>

#include "node/clock.hpp"
#include "node/state/facts.hpp"
#include "node/state/paths.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

TEST(ClockAccept, forgets_the_earlier_time_also_when_no_node_runs) {
    TestNode node("");
    std::filesystem::create_directories(node.state());
    const auto file = StatePaths(node.state()).database;
    {
        Database database(file, Durability::power_loss);
        Facts(database).set(clock_fact, (wall_now() + 24h).time_since_epoch().count());
        Facts(database).set("other", 5);
    }
    auto done = node.command({"clock", "accept"});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_NE(done.out.find("Forgotten: that the clock said " + date_text(wall_now() + 24h).substr(0, 10)),
              std::string::npos)
        << done.out;
    Database database(file, Durability::power_loss);
    EXPECT_EQ(Facts(database).get(clock_fact), std::nullopt);
    EXPECT_EQ(Facts(database).get("other"), 5);

    done = node.command({"clock", "accept"});
    EXPECT_EQ(done.code, 0);
    EXPECT_NE(done.out.find("no earlier time"), std::string::npos) << done.out;
}

}  // namespace
}  // namespace node
