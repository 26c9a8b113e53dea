// tests/node/daemon/clock_watch_test.cpp - the clock of the running node, in virtual time.
#include "node/daemon/clock_watch.hpp"

#include <gtest/gtest.h>

#include "tests/node/scratch.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr std::chrono::sys_seconds built{1'750'000'000s};  // 2025-06-15
constexpr std::chrono::steady_clock::time_point booted{5000s};

sip::Now at(std::chrono::sys_seconds wall, std::chrono::seconds running = 0s) {
    return {booted + running, wall};
}

struct Watching : testing::Test {
    Scratch scratch;
    Database database{scratch.dir / "state.db", Durability::process_crash};
    Facts facts{database};
    const std::chrono::sys_seconds start = built + days(30);
};

TEST_F(Watching, a_clock_that_is_set_while_the_node_runs_is_judged_anew) {
    ClockWatch watch(facts, built, at(start));
    EXPECT_TRUE(watch.plausible());
    watch.look(at(built - days(1), 30s));
    EXPECT_FALSE(watch.plausible());
    EXPECT_NE(watch.judgement().says.find("set the clock"), std::string::npos);
    watch.look(at(start + 60s, 60s));
    EXPECT_TRUE(watch.plausible());
    EXPECT_EQ(watch.judgement().says, "");
}

TEST_F(Watching, the_time_is_kept_each_10_minutes_and_at_the_end_for_the_next_run) {
    ClockWatch watch(facts, built, at(start));
    watch.look(at(start + 9min, 9min));
    EXPECT_EQ(facts.get(clock_fact), std::nullopt);
    watch.look(at(start + 10min, 10min));
    EXPECT_EQ(facts.get(clock_fact), (start + 10min).time_since_epoch().count());
    watch.stop(at(start + 15min, 15min));
    EXPECT_EQ(facts.get(clock_fact), (start + 15min).time_since_epoch().count());
    ClockWatch next(facts, built, at(start));
    next.look(at(start));
    EXPECT_EQ(next.judgement().verdict, ClockVerdict::behind_past);
}

TEST_F(Watching, a_kept_time_that_a_command_has_forgotten_counts_no_more) {
    facts.set(clock_fact, (start + days(50)).time_since_epoch().count());
    ClockWatch watch(facts, built, at(start));
    watch.look(at(start));
    EXPECT_FALSE(watch.plausible());
    facts.forget(clock_fact);
    watch.reload(at(start, 1s));
    watch.look(at(start + 1s, 1s));
    EXPECT_TRUE(watch.plausible());
}

}  // namespace
}  // namespace node
