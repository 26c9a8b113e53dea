// tests/node/reach/stranger_questions_test.cpp - when strangers are asked to dial back: soon, then seldom, at
// once for who is new, and never without a bound.
#include "node/reach/stranger_questions.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;

class StrangersAsked : public testing::Test {
protected:
    /// They are asked until nobody has offered it so often.
    void ask_in_vain(int times) {
        for (int i = 0; i < times; now += 1s) {
            if (asking.begin(now) == 0) continue;
            EXPECT_FALSE(asking.nobody_offers(now));
            ++i;
        }
    }
    /// How long nobody is asked from now on.
    std::chrono::seconds pause() {
        const auto from = now;
        while (asking.begin(now) == 0)
            now += 1s;
        return std::chrono::duration_cast<std::chrono::seconds>(now - from);
    }

    /// Somebody new.
    bool meets(StrangerQuestions::Time at) {
        return asking.met(asio::ip::address_v4(0xc6336401U + number++), at);
    }

    StrangerQuestions asking;
    std::uint32_t number = 0;
    StrangerQuestions::Time now{1000h};
};

TEST_F(StrangersAsked, at_first_about_all_addresses_and_while_nobody_offers_about_one) {
    EXPECT_GT(asking.begin(now), 6U);
    EXPECT_GT(asking.begin(now), 6U) << "until somebody has said no";
    EXPECT_FALSE(asking.nobody_offers(now));
    EXPECT_EQ(asking.begin(now), 0U);
    now += 4s;
    EXPECT_EQ(asking.begin(now), 1U);
    EXPECT_EQ(asking.begin(now), 0U) << "the others have to wait";
    asking.promised();
    EXPECT_GT(asking.begin(now), 6U);
}

TEST_F(StrangersAsked, the_pause_grows_from_seconds_to_minutes) {
    ask_in_vain(20);
    EXPECT_LE(pause(), 4s);
    ask_in_vain(20);
    EXPECT_GT(pause(), 50s);
    ask_in_vain(30);
    EXPECT_GT(pause(), 290s);
}

TEST_F(StrangersAsked, who_is_newly_met_is_asked_at_once_about_all_addresses_however_long_the_silence_was) {
    ask_in_vain(70);
    EXPECT_EQ(asking.begin(now), 0U);
    EXPECT_TRUE(meets(now));
    EXPECT_GT(asking.begin(now), 6U);
    EXPECT_EQ(asking.begin(now), 0U) << "once";
    EXPECT_FALSE(asking.nobody_offers(now));
    EXPECT_GT(pause(), 290s) << "and if that one offers nothing either, all is as it was";
}

TEST_F(StrangersAsked, who_is_met_while_others_are_asked_is_asked_after_them) {
    ask_in_vain(40);
    (void)pause();
    EXPECT_TRUE(meets(now));
    EXPECT_TRUE(asking.nobody_offers(now));
    EXPECT_GT(asking.begin(now), 6U);
    EXPECT_FALSE(asking.nobody_offers(now));
    EXPECT_EQ(asking.begin(now), 0U);
}

TEST_F(StrangersAsked, who_is_known_and_comes_again_is_asked_four_seconds_after_the_last_question) {
    ask_in_vain(70);
    EXPECT_TRUE(meets(now));
    --number;
    EXPECT_GT(asking.begin(now), 6U);
    EXPECT_FALSE(asking.nobody_offers(now));
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(meets(now));
        --number;
    }
    EXPECT_EQ(pause(), 4s);
    // And takes nothing from those who are new.
    EXPECT_FALSE(asking.nobody_offers(now));
    unsigned at_once = 0;
    for (number = 100; number < 200;)
        at_once += meets(now) ? 1U : 0U;
    EXPECT_GE(at_once, 5U);
}

TEST_F(StrangersAsked, ten_thousand_that_are_made_up_make_us_ask_six_times_and_then_six_times_a_minute) {
    ask_in_vain(70);
    unsigned asked = 0;
    for (int i = 0; i < 10'000; ++i)
        if (meets(now) && asking.begin(now) > 0) ++asked;
    EXPECT_EQ(asked, 6U);
    for (const auto end = now + 10min; now < end; now += 50ms)
        if (meets(now) && asking.begin(now) > 0) ++asked;
    EXPECT_LE(asked, 6U + 61U);
    EXPECT_GE(asked, 6U + 59U);
}

}  // namespace
}  // namespace node
