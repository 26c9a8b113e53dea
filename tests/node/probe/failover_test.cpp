#include "node/probe/failover.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using State = TargetState;
using States = std::vector<State>;
using Time = Failover::Time;

constexpr Time start{1000s};

Failover three(std::chrono::milliseconds deadline = 4s) {
    return {{true, true, true}, start + deadline};
}
/// All that are begun at `now`.
std::vector<std::size_t> begun(Failover& order, Time now) {
    std::vector<std::size_t> all;
    while (const auto next = order.begin_next(now))
        all.push_back(*next);
    return all;
}
using Begun = std::vector<std::size_t>;

TEST(Failover, the_first_answers_and_nobody_else_is_asked) {
    auto order = three();
    EXPECT_EQ(begun(order, start), Begun{0});
    EXPECT_FALSE(order.decided(start + 100ms));
    order.ended(0, State::answered);
    EXPECT_TRUE(order.decided(start + 100ms));
    EXPECT_EQ(begun(order, start + 300ms), Begun{});
    EXPECT_EQ(order.winner(), 0U);
    EXPECT_EQ(order.states(start + 100ms), (States{State::answered, State::unknown, State::unknown}));
}

TEST(Failover, a_failure_begins_the_next_at_once) {
    auto order = three();
    EXPECT_EQ(begun(order, start), Begun{0});
    order.ended(0, State::refused);
    EXPECT_FALSE(order.decided(start + 1ms));
    EXPECT_EQ(begun(order, start + 1ms), Begun{1});
    order.ended(1, State::unavailable);  // 503
    EXPECT_EQ(begun(order, start + 2ms), Begun{2});
    order.ended(2, State::answered);
    EXPECT_TRUE(order.decided(start + 3ms));
    EXPECT_EQ(order.winner(), 2U);
    EXPECT_EQ(order.states(start + 3ms), (States{State::refused, State::unavailable, State::answered}));
}

TEST(Failover, a_quarter_second_of_silence_begins_the_next_too) {
    auto order = three();
    EXPECT_EQ(begun(order, start), Begun{0});
    EXPECT_EQ(begun(order, start + 249ms), Begun{});
    EXPECT_EQ(order.next_wake(start + 249ms), start + 250ms);
    EXPECT_EQ(begun(order, start + 250ms), Begun{1});
    EXPECT_EQ(begun(order, start + 499ms), Begun{});
    EXPECT_EQ(begun(order, start + 500ms), Begun{2});
}

TEST(Failover, a_slow_first_target_counts_although_a_later_one_was_faster) {
    auto order = three();
    begun(order, start);
    begun(order, start + 250ms);
    order.ended(1, State::answered);
    EXPECT_FALSE(order.decided(start + 260ms));
    EXPECT_EQ(begun(order, start + 600ms), Begun{});  // one is alive: enough
    EXPECT_EQ(order.next_wake(start + 260ms), start + 750ms);
    order.ended(0, State::answered);
    EXPECT_TRUE(order.decided(start + 700ms));
    EXPECT_EQ(order.winner(), 0U);
}

TEST(Failover, a_silent_first_target_is_waited_for_as_long_as_two_datagrams_need) {
    auto order = three();
    begun(order, start);
    begun(order, start + 250ms);
    order.ended(1, State::answered);
    EXPECT_FALSE(order.decided(start + 749ms));
    EXPECT_TRUE(order.decided(start + 750ms));
    EXPECT_EQ(order.winner(), 1U);
    EXPECT_EQ(order.states(start + 750ms), (States{State::silent, State::answered, State::unknown}));
}

TEST(Failover, nobody_answers_by_the_deadline) {
    auto order = three(2s);
    for (auto now = start; now < start + 2s; now += 250ms) {
        begun(order, now);
        EXPECT_FALSE(order.decided(now));
        EXPECT_GT(order.next_wake(now), now);
        EXPECT_LE(order.next_wake(now), start + 2s);
    }
    EXPECT_TRUE(order.decided(start + 2s));
    EXPECT_EQ(order.winner(), std::nullopt);
    EXPECT_EQ(order.states(start + 2s), (States{State::silent, State::silent, State::silent}));
}

TEST(Failover, one_that_had_no_fair_chance_is_not_called_silent) {
    auto order = three(300ms);
    begun(order, start);
    EXPECT_EQ(begun(order, start + 250ms), Begun{1});
    EXPECT_TRUE(order.decided(start + 300ms));
    EXPECT_EQ(order.states(start + 300ms), (States{State::silent, State::unknown, State::unknown}));
}

TEST(Failover, when_all_have_failed_there_is_nothing_to_wait_for) {
    auto order = three();
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_FALSE(order.decided(start));
        EXPECT_EQ(begun(order, start), Begun{i});
        order.ended(i, State::refused);
    }
    EXPECT_TRUE(order.decided(start));
    EXPECT_EQ(order.winner(), std::nullopt);
}

TEST(Failover, the_last_one_begun_failing_is_enough_while_an_earlier_one_is_silent) {
    auto order = three();
    begun(order, start);
    begun(order, start + 250ms);
    order.ended(1, State::refused);
    EXPECT_EQ(begun(order, start + 260ms), Begun{2});
}

TEST(Failover, what_cannot_be_asked_is_passed_over) {
    Failover order({false, true, false, true}, start + 4s);
    EXPECT_EQ(begun(order, start), Begun{1});
    order.ended(1, State::refused);
    EXPECT_EQ(begun(order, start), Begun{3});
    order.ended(3, State::answered);
    EXPECT_TRUE(order.decided(start));
    EXPECT_EQ(order.states(start), (States{State::unknown, State::refused, State::unknown, State::answered}));
    EXPECT_TRUE(Failover({false, false}, start + 4s).decided(start));
    EXPECT_TRUE(Failover({}, start + 4s).decided(start));
}

TEST(Failover, a_provisional_answer_keeps_others_from_being_begun_and_counts_in_the_end) {
    auto order = three(1s);
    begun(order, start);
    order.heard(0);
    EXPECT_EQ(begun(order, start + 900ms), Begun{});
    EXPECT_FALSE(order.decided(start + 900ms));  // the final answer may hold the key
    EXPECT_TRUE(order.decided(start + 1s));
    EXPECT_EQ(order.winner(), 0U);
    EXPECT_EQ(order.states(start + 1s)[0], State::answered);
}

TEST(Failover, a_503_after_a_provisional_answer_is_still_a_failure) {
    auto order = three();
    begun(order, start);
    order.heard(0);
    order.ended(0, State::unavailable);
    EXPECT_EQ(order.winner(), std::nullopt);
    EXPECT_EQ(begun(order, start + 10ms), Begun{1});
}

}  // namespace
}  // namespace node
