// tests/sip/timer_queue_test.cpp - timers in virtual time.
#include "sip/timer_queue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sip {
namespace {

using namespace std::chrono_literals;

struct TimerQueueTest : ::testing::Test {
    using Timer = TimerQueue<std::string>::Timer;
    TimerQueue<std::string> queue;
    Timer a, b, c;
    TimerQueue<std::string>::Time start{1000h};
    std::string first(std::chrono::seconds after) {
        const std::string* const key = queue.due(start + after);
        return key == nullptr ? "" : *key;
    }
};

TEST_F(TimerQueueTest, the_earliest_is_named_first_and_not_before_it_is_due) {
    queue.set(b, "b", start + 2s);
    queue.set(a, "a", start + 1s);
    EXPECT_EQ(queue.next_wake(), start + 1s);
    EXPECT_EQ(first(0s), "");
    EXPECT_EQ(first(1s), "a");
    EXPECT_EQ(first(5s), "a") << "named until it is moved or cancelled";
    a.cancel();
    EXPECT_EQ(first(5s), "b");
}

TEST_F(TimerQueueTest, a_timer_stands_once_wherever_it_is_moved) {
    queue.set(a, "a", start + 1s);
    queue.set(b, "b", start + 2s);
    queue.set(a, "a", start + 3s);
    EXPECT_EQ(queue.size(), 2u);
    EXPECT_EQ(a.at(), start + 3s);
    EXPECT_EQ(first(5s), "b");
    queue.set(b, "b", start + 4s);
    EXPECT_EQ(first(5s), "a");
}

TEST_F(TimerQueueTest, among_equals_the_one_set_first_comes_first) {
    queue.set(c, "c", start + 1s);
    queue.set(a, "a", start + 1s);
    queue.set(b, "b", start + 1s);
    std::vector<std::string> order;
    for (Timer* timer : {&c, &a, &b}) {
        order.push_back(first(1s));
        timer->cancel();
    }
    EXPECT_EQ(order, (std::vector<std::string>{"c", "a", "b"}));
    EXPECT_EQ(queue.next_wake(), std::nullopt);
}

TEST_F(TimerQueueTest, a_destroyed_timer_is_never_named) {
    {
        Timer gone;
        queue.set(gone, "gone", start);
        EXPECT_EQ(queue.size(), 1u);
    }
    EXPECT_EQ(queue.size(), 0u);
    EXPECT_EQ(first(1h), "");
}

TEST_F(TimerQueueTest, a_timer_moves_with_what_it_belongs_to) {
    queue.set(a, "a", start + 1s);
    Timer other = std::move(a);
    EXPECT_FALSE(a.is_set());  // NOLINT(bugprone-use-after-move): that is the promise
    EXPECT_TRUE(other.is_set());
    queue.set(b, "b", start + 2s);
    b = std::move(other);
    EXPECT_EQ(queue.size(), 1u) << "what b had is cancelled";
    EXPECT_EQ(first(2s), "a");
    b.cancel();
    b.cancel();
    EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
}  // namespace sip
