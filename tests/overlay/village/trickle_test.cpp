// tests/overlay/village/trickle_test.cpp - how often something is said (RFC 6206).
#include "overlay/village/trickle.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace overlay {
namespace {

using namespace std::chrono_literals;

class TrickleTest : public testing::Test {
protected:
    /// Runs until `end`, and keeps when it was said.
    void run(std::chrono::milliseconds end) {
        while (trickle.next_wake() <= begin + end) {
            now = std::max(now, trickle.next_wake());
            if (trickle.step(now))
                said.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - begin));
        }
        now = begin + end;
    }
    std::size_t said_within(std::chrono::milliseconds from, std::chrono::milliseconds to) const {
        std::size_t count = 0;
        for (const auto at : said)
            count += at >= from && at < to;
        return count;
    }

    const Trickle::Time begin{1h};
    Trickle::Time now = begin;
    std::uint8_t roll = 0;
    Trickle trickle{{}, [this](std::span<std::uint8_t> bytes) {
                        for (auto& byte : bytes)
                            byte = roll += 77;
                    }};
    std::vector<std::chrono::milliseconds> said;
};

TEST_F(TrickleTest, it_is_said_at_once_and_then_seldom) {
    trickle.start(begin);
    run(1h);
    ASSERT_GT(said.size(), 9U);
    EXPECT_GE(said.front(), 250ms);  // the second half of the shortest interval
    EXPECT_LT(said.front(), 500ms);
    EXPECT_EQ(said_within(0s, 4min + 16s), 9U) << "once in each of 500 ms, 1 s, 2 s .. 128 s";
    EXPECT_LE(said_within(10min, 1h), 13U) << "then every 256 s";
    EXPECT_GE(said_within(10min, 1h), 10U);
}

TEST_F(TrickleTest, what_is_new_brings_it_at_once) {
    trickle.start(begin);
    run(1h);
    const auto before = said.size();
    trickle.inconsistent(now);
    run(1h + 500ms);
    EXPECT_EQ(said.size(), before + 1);
}

TEST_F(TrickleTest, who_makes_up_new_things_without_end_is_answered_once_in_ten_seconds) {
    trickle.start(begin);
    run(1h);
    const auto before = said.size();
    for (auto at = 1h + 0ms; at < 2h; at += 100ms) {
        trickle.inconsistent(now);
        run(at);
    }
    // Twelve at once, each with what follows of it, and then six a minute: that is the bound, whatever comes.
    EXPECT_LT(said.size() - before, 60U * 6U * 5U);
    EXPECT_GT(said.size() - before, 300U);
}

TEST_F(TrickleTest, after_a_sleep_of_the_machine_it_is_said_once_and_not_for_each_interval_missed) {
    trickle.start(begin);
    run(1min);
    const auto before = said.size();
    now = begin + 10h;
    std::size_t times = 0;
    for (int i = 0; i < 100 && trickle.next_wake() <= now; ++i)
        times += trickle.step(now);
    EXPECT_LE(times, 1U);
    EXPECT_GT(trickle.next_wake(), now);
    EXPECT_GE(said.size() + times, before);
}

}  // namespace
}  // namespace overlay
