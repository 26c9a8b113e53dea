// tests/node/daemon/clock_watch_test.cpp - the clock of the running node, in virtual time.
#include "node/daemon/clock_watch.hpp"

#include <gtest/gtest.h>

#include "tests/node/identities.hpp"
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

std::vector<overlay::ValueVerdict> dated(std::chrono::sys_seconds issued) {
    overlay::ValueVerdict value;
    value.issued_at = static_cast<overlay::UnixSeconds>(issued.time_since_epoch().count());
    return {value};
}
const auto friend_of_ours = identity(2).public_key(), another = identity(3).public_key();

TEST_F(Watching, a_clock_that_was_8_hours_ahead_and_is_set_right_heals_when_others_agree) {
    ClockWatch watch(facts, built, at(start + 8h));
    watch.look(at(start + 8h + 11min, 11min));
    ASSERT_EQ(facts.get(clock_fact), (start + 8h + 11min).time_since_epoch().count()) << "kept";
    watch.look(at(start + 12min, 12min));
    EXPECT_EQ(watch.judgement().verdict, ClockVerdict::behind_past) << "nobody says so yet";
    watch.met(friend_of_ours, dated(start - 20min), at(start + 12min, 12min));
    watch.look(at(start + 13min, 13min));
    EXPECT_TRUE(watch.plausible());
    EXPECT_EQ(facts.get(clock_fact), (start + 13min).time_since_epoch().count());
    EXPECT_EQ(watch.doubt(at(start + 13min, 13min)), "");
}

TEST_F(Watching, what_was_met_before_the_clock_was_set_right_counts_too) {
    ClockWatch watch(facts, built, at(start + 8h));
    watch.met(friend_of_ours, dated(start - 20min), at(start + 8h + 5min, 5min));
    watch.look(at(start + 8h + 11min, 11min));
    watch.look(at(start + 12min, 12min));
    EXPECT_TRUE(watch.plausible());
}

TEST_F(Watching, a_clock_that_others_contradict_or_that_was_not_set_does_not_heal) {
    {
        ClockWatch watch(facts, built, at(start + 8h));
        watch.look(at(start + 8h + 11min, 11min));
        watch.met(friend_of_ours, dated(start + 8h), at(start + 8h + 11min, 11min));
        watch.look(at(start + 12min, 12min));
        EXPECT_FALSE(watch.plausible()) << "they are where the clock was";
    }
    ClockWatch next(facts, built, at(start + 20min));
    next.met(friend_of_ours, dated(start), at(start + 20min));
    next.look(at(start + 20min));
    EXPECT_FALSE(next.plausible()) << "no step of this run explains the time that was kept";
}

TEST_F(Watching, nobody_takes_a_clock_back_by_more_than_a_day_nor_twice) {
    ClockWatch watch(facts, built, at(start + days(3)));
    watch.look(at(start + days(3) + 11min, 11min));
    watch.met(friend_of_ours, dated(start), at(start + 12min, 12min));
    watch.look(at(start + 12min, 12min));
    EXPECT_FALSE(watch.plausible()) << "three days";
    const auto back = start + days(2);
    watch.met(friend_of_ours, dated(back), at(back + 13min, 13min));
    watch.look(at(back + 13min, 13min));
    ASSERT_TRUE(watch.plausible()) << "a day";
    const auto further = start + days(1);
    watch.met(another, dated(further + 14min), at(further + 14min, 14min));
    watch.look(at(further + 14min, 14min));
    EXPECT_FALSE(watch.plausible()) << "once a run";
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
