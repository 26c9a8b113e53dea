// tests/sip/edge/token_buckets_test.cpp - buckets in virtual time.
#include "sip/edge/token_buckets.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sip {
namespace {

using namespace std::chrono_literals;

struct TokenBucketsTest : ::testing::Test {
    TokenBuckets<std::string> buckets{6, 3};
    std::chrono::steady_clock::time_point now{1000h};
    int taken(const std::string& key, int tries) {
        int count = 0;
        for (int i = 0; i < tries; ++i)
            count += buckets.take(key, 1, now) ? 1 : 0;
        return count;
    }
};

TEST_F(TokenBucketsTest, a_full_bucket_is_a_minutes_worth_at_once_and_fills_in_a_minute) {
    EXPECT_EQ(taken("a", 100), 6);
    now += 9s;
    EXPECT_EQ(taken("a", 100), 0) << "a tenth of a minute fills 0.6; 9 s are not 10";
    now += 1s;
    EXPECT_EQ(taken("a", 100), 1);
    now += 1h;
    EXPECT_EQ(taken("a", 100), 6) << "never more than the full";
}

TEST_F(TokenBucketsTest, keys_have_buckets_of_their_own) {
    EXPECT_EQ(taken("a", 100), 6);
    EXPECT_EQ(taken("b", 100), 6);
    EXPECT_TRUE(buckets.has("c", 6, now));
    EXPECT_FALSE(buckets.has("c", 6.1, now));
    EXPECT_EQ(buckets.size(), 2u) << "to look makes none";
}

TEST_F(TokenBucketsTest, what_is_too_dear_takes_nothing) {
    EXPECT_TRUE(buckets.take("a", 5, now));
    EXPECT_FALSE(buckets.take("a", 2, now));
    EXPECT_TRUE(buckets.take("a", 1, now));
}

TEST_F(TokenBucketsTest, of_too_many_keys_the_one_unheard_of_for_longest_goes) {
    for (const char* key : {"a", "b", "c"})
        buckets.drain(key, now);
    EXPECT_EQ(taken("a", 1), 0);  // heard of again
    EXPECT_EQ(taken("d", 1), 1);
    EXPECT_EQ(buckets.size(), 3u);
    EXPECT_EQ(taken("a", 1), 0);
    EXPECT_EQ(taken("b", 1), 1) << "forgotten, and full again";
}

TEST_F(TokenBucketsTest, a_clock_that_steps_back_gives_nothing) {
    EXPECT_EQ(taken("a", 100), 6);
    now -= 1h;
    EXPECT_EQ(taken("a", 100), 0);
    now += 1h + 10s;
    EXPECT_EQ(taken("a", 100), 1);
}

}  // namespace
}  // namespace sip
