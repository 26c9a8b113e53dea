#include "node/clock.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_seconds;

constexpr sys_seconds built{1'750'000'000s};  // 2025-06-15
constexpr std::chrono::steady_clock::time_point booted{5000s};

sip::Now at(sys_seconds wall, std::chrono::seconds running = 0s) {
    return {booted + running, wall};
}

TEST(ClockGuard, a_time_before_the_program_was_made_cannot_be_now) {
    const ClockGuard guard(built, std::nullopt, at(built + days(10)));
    EXPECT_EQ(guard.judge(built).verdict, ClockVerdict::plausible);
    EXPECT_EQ(guard.judge(built - 10min).verdict, ClockVerdict::plausible);
    const auto judged = guard.judge(built - 10min - 1s);
    EXPECT_EQ(judged.verdict, ClockVerdict::behind_build);
    EXPECT_EQ(
        judged.says,
        "The clock says 2025-06-15 14:56 UTC, but this program was made at 2025-06-15 15:06 UTC: set the "
        "clock.");
}

TEST(ClockGuard, a_time_20_years_after_the_program_was_made_is_not_believed) {
    const ClockGuard guard(built, std::nullopt, at(built));
    EXPECT_EQ(guard.judge(built + days(20 * 365)).verdict, ClockVerdict::plausible);
    EXPECT_EQ(guard.judge(built + days(20 * 365 + 6)).verdict, ClockVerdict::too_far_ahead);
    EXPECT_NE(guard.judge(built + days(20 * 365 + 6)).says.find("newer Hedgewitch"), std::string::npos);
    // Clocks of ours can stand anywhere; the sentence is still one.
    EXPECT_NE(guard.judge(sys_seconds{std::chrono::seconds{1LL << 55}}).says.find("9999-12-31"),
              std::string::npos);
    EXPECT_NE(guard.judge(sys_seconds{-5s}).says.find("1970-01-01"), std::string::npos);
}

TEST(ClockGuard, a_time_before_the_last_one_that_this_node_saw_is_behind_the_past) {
    const auto past = built + days(100);
    const ClockGuard guard(built, past, at(past));
    EXPECT_EQ(guard.judge(past - 10min).verdict, ClockVerdict::plausible);
    const auto judged = guard.judge(past - 11min);
    EXPECT_EQ(judged.verdict, ClockVerdict::behind_past);
    EXPECT_NE(judged.says.find("hedgewitch clock accept"), std::string::npos) << judged.says;
    EXPECT_EQ(guard.judge(built - days(1)).verdict, ClockVerdict::behind_build);  // the stronger word
}

TEST(ClockGuard, the_time_is_persisted_every_10_minutes_and_at_the_end) {
    const auto start = built + days(30);
    ClockGuard guard(built, std::nullopt, at(start));
    EXPECT_EQ(guard.next_due(), booted + 10min);
    EXPECT_EQ(guard.due(at(start + 9min, 9min)), std::nullopt);
    EXPECT_EQ(guard.due(at(start + 10min, 10min)), start + 10min);
    EXPECT_EQ(guard.due(at(start + 11min, 11min)), std::nullopt);
    EXPECT_EQ(guard.next_due(), booted + 20min);
    EXPECT_EQ(guard.due(at(start + 20min, 20min)), start + 20min);
    EXPECT_EQ(guard.at_stop(at(start + 23min, 23min)), start + 23min);
    EXPECT_EQ(guard.judge(start).verdict, ClockVerdict::behind_past);
}

TEST(ClockGuard, a_clock_that_NTP_sets_back_in_the_first_minutes_does_no_harm) {
    const auto right = built + days(30);
    ClockGuard guard(built, std::nullopt, at(right + 8h));  // an RTC that holds local time
    EXPECT_EQ(guard.due(at(right + 8h + 5min, 5min)), std::nullopt);
    EXPECT_EQ(guard.judge(right + 6min).verdict, ClockVerdict::plausible);
    EXPECT_EQ(guard.at_stop(at(right + 8h + 9min, 9min)), std::nullopt);
    EXPECT_EQ(guard.due(at(right + 10min, 10min)), right + 10min);
}

TEST(ClockGuard, an_implausible_time_is_never_persisted) {
    const auto past = built + days(100);
    ClockGuard guard(built, past, at(past));
    EXPECT_EQ(guard.due(at(past - 1h, 10min)), std::nullopt);
    EXPECT_EQ(guard.due(at(built - days(2000), 20min)), std::nullopt);
    EXPECT_EQ(guard.due(at(built + days(9000), 30min)), std::nullopt);
    EXPECT_EQ(guard.at_stop(at(built - 1h, 40min)), std::nullopt);
    EXPECT_EQ(guard.due(at(past + 50min, 50min)), past + 50min);
}

TEST(ClockGuard, a_time_within_the_tolerance_does_not_lower_what_is_known) {
    const auto past = built + days(100);
    ClockGuard guard(built, past, at(past));
    for (int i = 1; i <= 6; ++i) {  // 9 min back each time: without this the bound would wander
        EXPECT_EQ(guard.due(at(past - 9min, 10min * i)), std::nullopt);
    }
    EXPECT_EQ(guard.judge(past - 11min).verdict, ClockVerdict::behind_past);
}

TEST(ClockGuard, a_flat_battery_that_wakes_up_in_the_future_leaves_no_trace) {
    const auto past = built + days(100);
    const auto garbage = past + days(401);
    ClockGuard guard(built, past, at(garbage));
    for (auto ran = 10min; ran < 24h; ran += 10min)
        ASSERT_EQ(guard.due(at(garbage + ran, ran)), std::nullopt);
    EXPECT_EQ(guard.at_stop(at(garbage + 23h, 23h)), std::nullopt);
    EXPECT_EQ(guard.judge(past + 1h).verdict, ClockVerdict::plausible);  // set right: all is well
}

TEST(ClockGuard, a_jump_while_running_is_measured_against_the_steady_clock) {
    const auto start = built + days(100);
    ClockGuard guard(built, start, at(start));
    EXPECT_EQ(guard.due(at(start + 10min, 10min)), start + 10min);
    EXPECT_EQ(guard.due(at(start + days(402), 20min)), std::nullopt);
    EXPECT_EQ(guard.due(at(start + 30min, 30min)), start + 30min);
    EXPECT_EQ(guard.due(at(start + days(399), 40min)), start + days(399));  // a long sleep is none
    EXPECT_EQ(guard.due(at(start + days(399 + 500), 40min + days(500))), start + days(399 + 500));
}

TEST(ClockGuard, a_node_that_was_away_for_two_years_is_believed_after_a_day) {
    const auto past = built + days(100), back = past + days(730);
    ClockGuard guard(built, past, at(back));
    EXPECT_EQ(guard.due(at(back + 23h, 23h)), std::nullopt);
    EXPECT_EQ(guard.due(at(back + 25h, 25h)), back + 25h);
    EXPECT_EQ(guard.due(at(back + 26h, 26h)), back + 26h);
    // But a day in one year does not vouch for another.
    EXPECT_EQ(guard.due(at(back + days(800), 27h)), std::nullopt);
    EXPECT_EQ(guard.due(at(back + days(801), 27h + 23h)), std::nullopt);
}

TEST(ClockGuard, a_new_node_with_an_old_program_is_believed_after_a_day) {
    const auto start = built + days(900);
    ClockGuard guard(built, std::nullopt, at(start));
    EXPECT_EQ(guard.due(at(start + 10min, 10min)), std::nullopt);
    EXPECT_EQ(guard.due(at(start + 24h, 24h)), start + 24h);
}

TEST(ClockGuard, clock_accept_forgets_the_earlier_time) {
    const auto wrong = built + days(390), right = built + days(20);
    ClockGuard guard(built, wrong, at(right));
    EXPECT_EQ(guard.judge(right).verdict, ClockVerdict::behind_past);
    guard.reload(std::nullopt, at(right, 1h));
    EXPECT_EQ(guard.judge(right).verdict, ClockVerdict::plausible);
    EXPECT_EQ(guard.due(at(right + 1h, 1h)), right + 1h);
}

TEST(ClockGuard, reading_the_database_again_changes_nothing_when_it_holds_what_is_known) {
    const auto start = built + days(20);
    ClockGuard guard(built, std::nullopt, at(start));
    ASSERT_EQ(guard.due(at(start + 10min, 10min)), start + 10min);
    guard.reload(start + 10min, at(start + days(401), 11min));
    EXPECT_EQ(guard.due(at(start + days(402), 20min)), std::nullopt);  // still measured from where it was
}

TEST(Clock, the_build_time_is_one_that_this_machine_has_seen) {
    EXPECT_GT(build_time(), sys_seconds{1'700'000'000s});
    EXPECT_LE(build_time(), wall_now() + 10min);
}

}  // namespace
}  // namespace node
