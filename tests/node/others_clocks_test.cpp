// tests/node/others_clocks_test.cpp - what the dates of records say about our clock, and what they do not.
#include "node/others_clocks.hpp"

#include <gmock/gmock.h>

#include "tests/node/identities.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::chrono::sys_seconds noon{1'800'014'400s};

struct OthersClocksTest : testing::Test {
    OthersClocks others;
    sip::Now now{std::chrono::steady_clock::time_point(1000s), noon};

    static overlay::ValueVerdict value(std::chrono::sys_seconds issued) {
        overlay::ValueVerdict verdict;
        verdict.issued_at = static_cast<overlay::UnixSeconds>(issued.time_since_epoch().count());
        return verdict;
    }
    void met(std::uint8_t who, std::chrono::seconds ahead) {
        others.met(identity(who).public_key(), {value(now.wall + ahead)}, now);
    }
    void pass(std::chrono::seconds time) {
        now.steady += time;
        now.wall += time;
    }
    std::string doubt() const { return others.doubt(now); }
};

TEST_F(OthersClocksTest, records_of_the_last_hour_agree_with_a_right_clock) {
    EXPECT_EQ(doubt(), "");
    for (std::uint8_t who = 1; who <= 3; ++who)
        met(who, -std::chrono::minutes(20 * who));
    met(4, 9min);
    EXPECT_EQ(others.opinion(now).agree, 4U);
    EXPECT_EQ(doubt(), "");
}

TEST_F(OthersClocksTest, a_clock_that_is_hours_behind_is_asked_about) {
    met(1, 2h);
    EXPECT_THAT(doubt(), HasSubstr("Is the clock right? It says 2027-01-15 12:00 UTC"));
    EXPECT_THAT(doubt(), HasSubstr("1 of 1 people whose records were met has one dated 2 hours later"));
    met(2, 4h);
    EXPECT_THAT(doubt(), HasSubstr("2 of 2")) << doubt();
    met(3, -5min);
    met(4, -5min);
    met(5, -5min);
    EXPECT_EQ(doubt(), "") << "more agree: it is the clocks of those two";
}

TEST_F(OthersClocksTest, a_clock_that_is_hours_ahead_is_asked_about_and_a_friend_who_is_gone_is_no_reason) {
    met(1, -4h);
    EXPECT_EQ(doubt(), "") << "he may have gone";
    pass(50min);
    met(1, -4h);
    EXPECT_THAT(doubt(), HasSubstr("4 hours earlier")) << "he is there, and dates another one as old";
}

TEST_F(OthersClocksTest, of_several_who_are_all_too_old_not_all_have_gone) {
    met(1, -100min);
    met(2, -110min);
    EXPECT_THAT(doubt(),
                HasSubstr("2 of 2 people whose records were met have theirs dated 100 minutes earlier"));
}

TEST_F(OthersClocksTest, a_clock_that_is_set_is_judged_by_what_was_met_before) {
    met(1, 2h);
    met(2, 2h + 1min);
    EXPECT_NE(doubt(), "");
    now.wall += 2h + 10min;
    EXPECT_EQ(doubt(), "");
    EXPECT_TRUE(others.opinion(now).agrees());
}

TEST_F(OthersClocksTest, counts_each_owner_once_by_the_newest_and_for_three_hours) {
    for (int i = 0; i < 5; ++i)
        met(1, 2h);
    met(1, -10min);
    EXPECT_EQ(others.opinion(now).later, 1U);
    pass(3h);
    EXPECT_EQ(others.opinion(now).later, 1U);
    pass(1s);
    EXPECT_EQ(others.opinion(now).later, 0U);
    EXPECT_EQ(doubt(), "");
}

TEST_F(OthersClocksTest, what_nobody_has_signed_and_what_no_clock_says_counts_for_nothing) {
    overlay::ValueVerdict junk;
    others.met(identity(1).public_key(), {junk}, now);
    junk.issued_at = UINT64_MAX;
    others.met(identity(1).public_key(), {junk}, now);
    auto tombstone = value(noon + 2h);  // signed years ahead
    tombstone.tombstone = true;
    others.met(identity(1).public_key(), {tombstone}, now);
    EXPECT_EQ(doubt(), "");
}

}  // namespace
}  // namespace node
