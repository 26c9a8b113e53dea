// tests/token_bucket_tests.hpp - what both TokenBuckets promise, that of sip/ and that of overlay/.
#pragma once

#include <gtest/gtest.h>

#include <chrono>

template <typename Bucket>
struct TokenBucketTest : ::testing::Test {
    Bucket bucket{6, std::chrono::minutes(1)};
    std::chrono::steady_clock::time_point now{std::chrono::hours(1000)};
    int taken(int tries) {
        int count = 0;
        for (int i = 0; i < tries; ++i)
            count += bucket.take(1, now) ? 1 : 0;
        return count;
    }
};
TYPED_TEST_SUITE_P(TokenBucketTest);

TYPED_TEST_P(TokenBucketTest, it_is_full_at_first_and_fills_at_a_steady_rate) {
    using std::chrono::hours;
    using std::chrono::seconds;
    EXPECT_EQ(this->taken(100), 6);
    this->now += seconds(9);
    EXPECT_EQ(this->taken(100), 0) << "9 s fill 0.9";
    this->now += seconds(1);
    EXPECT_EQ(this->taken(100), 1);
    this->now += hours(1);
    EXPECT_EQ(this->taken(100), 6) << "never more than full";
}

TYPED_TEST_P(TokenBucketTest, what_is_too_dear_takes_nothing) {
    EXPECT_TRUE(this->bucket.take(5, this->now));
    EXPECT_FALSE(this->bucket.take(2, this->now));
    EXPECT_TRUE(this->bucket.has(1, this->now));
    EXPECT_TRUE(this->bucket.take(1, this->now));
    EXPECT_FALSE(this->bucket.has(1, this->now));
}

TYPED_TEST_P(TokenBucketTest, a_clock_that_steps_back_brings_nothing) {
    EXPECT_EQ(this->taken(100), 6);
    this->now -= std::chrono::hours(1);
    EXPECT_EQ(this->taken(100), 0);
    this->now += std::chrono::hours(1) + std::chrono::seconds(10);
    EXPECT_EQ(this->taken(100), 1);
}

TYPED_TEST_P(TokenBucketTest, nine_tenths_and_a_tenth_are_one) {
    this->bucket.drain(this->now);
    for (int i = 0; i < 10; ++i) {
        this->now += std::chrono::seconds(1);
        EXPECT_EQ(this->bucket.has(1, this->now), i == 9);
        (void)this->bucket.take(6, this->now);  // too dear, but it settles what has come in
    }
    EXPECT_TRUE(this->bucket.take(1, this->now));
    EXPECT_DOUBLE_EQ(this->bucket.left(this->now), 0);
}

REGISTER_TYPED_TEST_SUITE_P(TokenBucketTest, it_is_full_at_first_and_fills_at_a_steady_rate,
                            what_is_too_dear_takes_nothing, a_clock_that_steps_back_brings_nothing,
                            nine_tenths_and_a_tenth_are_one);
