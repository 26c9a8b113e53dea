// tests/overlay/search_test.cpp - when what was met is enough, without a network.
#include "overlay/search.hpp"

#include <gtest/gtest.h>

#include "tests/overlay/records.hpp"

namespace overlay {
namespace {

using namespace std::chrono_literals;
using namespace testing_records;

struct SearchTest : ::testing::Test {
    RollbackMemory seen;
    Refusals refused{};
    Now at{TimePoint(1000h), now};
    Search search{request(), at, {4000ms, 200ms, 600ms, 6000ms}, seen};
    std::size_t first = search.add_location(0, 0), second = search.add_location(0, 1);

    static ResolveRequest request() {
        ResolveRequest wanted;
        wanted.owner = owner().public_key();
        wanted.label = "alice";
        return wanted;
    }
    static Wire fresh(std::uint16_t seq = 601) {
        auto record = two_contacts();
        record.issued_at = now;
        return block_of(record, parameters(3, seq));
    }
    Search::Met meet(std::size_t i, const Wire& block, bool local = false) {
        return search.meet(i, {DhtNode::value_type, 0, block, at.steady, local}, at, refused);
    }
    bool ready_after(std::chrono::milliseconds passed) {
        return search.is_ready({at.steady + passed, at.wall}, std::nullopt);
    }
    std::uint64_t count(Errc reason) const { return refused[static_cast<std::size_t>(reason)]; }
};

TEST_F(SearchTest, answers_a_grace_after_the_first_good_block) {
    search.begin(at.steady);
    EXPECT_TRUE(meet(first, fresh()).more);
    EXPECT_FALSE(ready_after(199ms));
    EXPECT_TRUE(ready_after(200ms));
    const auto answer = search.conclude(at, std::nullopt);
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_EQ(answer.asked.size(), 2u);
    ASSERT_EQ(answer.values.size(), 1u);
    EXPECT_FALSE(answer.values[0].refused);
}

TEST_F(SearchTest, what_this_very_node_stores_gives_others_more_time) {
    search.begin(at.steady);
    meet(first, fresh(), true);
    EXPECT_FALSE(ready_after(599ms));
    EXPECT_TRUE(ready_after(600ms));
}

TEST_F(SearchTest, answers_at_once_when_all_were_heard_and_at_the_deadline_when_not) {
    search.begin(at.steady);
    EXPECT_FALSE(ready_after(3999ms));
    EXPECT_TRUE(ready_after(4000ms));
    search.end(first, true);
    EXPECT_FALSE(ready_after(0ms));
    search.end(second, true);
    search.end(second, false);  // said once
    EXPECT_TRUE(ready_after(0ms));
    EXPECT_EQ(search.conclude(at, std::nullopt).outcome, Outcome::none);
}

TEST_F(SearchTest, nobody_answered_is_not_no_record) {
    search.begin(at.steady);
    search.end(first, false);
    search.end(second, false);
    EXPECT_EQ(search.conclude(at, std::nullopt).outcome, Outcome::deadline);
}

TEST_F(SearchTest, a_network_that_is_there_late_is_asked_for_as_long_as_any) {
    EXPECT_FALSE(ready_after(5999ms)) << "joining takes seconds";
    EXPECT_TRUE(ready_after(6000ms));
    EXPECT_EQ(search.next_wake(std::nullopt), at.steady + 6000ms);
    at.steady += 5900ms;
    search.begin(at.steady);
    EXPECT_FALSE(ready_after(3999ms));
    EXPECT_TRUE(ready_after(4000ms));
}

TEST_F(SearchTest, before_the_network_is_there_it_is_not_joined) {
    EXPECT_EQ(search.conclude(at, std::nullopt).outcome, Outcome::not_joined);
}

TEST_F(SearchTest, the_other_locations_are_asked_when_it_is_time_or_nothing_came) {
    search.begin(at.steady);
    search.ask_others_at(at.steady + 1s);
    EXPECT_FALSE(search.take_others(at.steady));
    search.end(first, true);
    search.end(second, true);
    EXPECT_FALSE(ready_after(0ms)) << "not all were asked";
    EXPECT_TRUE(search.take_others(at.steady)) << "empty-handed";
    EXPECT_FALSE(search.take_others(at.steady + 1h)) << "once";
}

TEST_F(SearchTest, a_fresh_record_leaves_the_other_locations_in_peace_and_an_old_one_does_not) {
    search.begin(at.steady);
    search.ask_others_at(at.steady + 1s);
    meet(first, fresh());
    EXPECT_FALSE(search.take_others(at.steady + 1s));
    Search other{request(), at, {4000ms, 200ms, 600ms, 6000ms}, seen};
    other.begin(at.steady);
    other.ask_others_at(at.steady + 1s);
    const auto old = block_of(two_contacts(), parameters(3, 601));  // issued ten hours ago
    other.meet(other.add_location(0, 0), {DhtNode::value_type, 0, old, at.steady, false}, at, refused);
    EXPECT_TRUE(other.take_others(at.steady)) << "at once";
}

TEST_F(SearchTest, a_location_is_not_listened_to_for_ever) {
    search.begin(at.steady);
    const Wire junk(100);
    for (int i = 1; i <= 1024; ++i)
        ASSERT_TRUE(meet(first, junk).more) << i;
    EXPECT_FALSE(meet(first, junk).more);
    EXPECT_EQ(count(Errc::too_many_values), 1u);
    EXPECT_TRUE(meet(second, fresh()).more) << "another location has its own share";
    EXPECT_EQ(search.conclude(at, std::nullopt).values.size(), 64u) << "kept for people";
}

TEST_F(SearchTest, an_older_block_is_refused_and_counted) {
    search.begin(at.steady);
    meet(first, fresh(602));
    meet(second, fresh(601));
    EXPECT_EQ(count(Errc::rolled_back), 1u);
}

TEST_F(SearchTest, an_owners_nodes_are_asked_once_each_and_no_more_than_a_call_would_reach) {
    EXPECT_TRUE(search.add_node(0, "192.0.2.1:4222"));
    EXPECT_FALSE(search.add_node(0, "192.0.2.1:4222"));
    for (const char* node : {"192.0.2.2:4222", "192.0.2.3:4222", "192.0.2.4:4222"})
        EXPECT_TRUE(search.add_node(0, node));
    EXPECT_FALSE(search.add_node(0, "192.0.2.5:4222"));
}

TEST_F(SearchTest, nobody_waits_for_a_node_that_is_switched_off_when_there_is_a_record) {
    search.begin(at.steady);
    ASSERT_TRUE(search.add_node(0, "192.0.2.1:4222"));
    search.end(first, true);
    search.end(second, true);
    EXPECT_FALSE(ready_after(0ms));
    meet(first, fresh());
    EXPECT_TRUE(ready_after(0ms));
}

TEST_F(SearchTest, a_revoked_key_has_a_tombstone_whatever_else_was_found) {
    search.begin(at.steady);
    meet(first, fresh());
    EXPECT_TRUE(search.is_ready(at, now - 5));
    const auto answer = search.conclude(at, now - 5);
    EXPECT_TRUE(answer.revoked);
    ASSERT_TRUE(answer.record);
    EXPECT_EQ(answer.record->kind, Kind::tombstone);
    EXPECT_EQ(answer.record->issued_at, now - 5);
}

TEST_F(SearchTest, what_a_certified_node_may_not_say_counts_as_none) {
    search.begin(at.steady);
    auto ahead = two_contacts();
    ahead.issued_at = now + UnixSeconds{10} * 365 * 86400;
    meet(first, by_stolen_node(of_kind(Kind::delegation, now), parameters(1, 601)));
    meet(first, by_stolen_node(of_kind(Kind::tombstone, now), parameters(1, 602)));
    meet(first, by_stolen_node(ahead, parameters(1, 603)));
    EXPECT_EQ(count(Errc::beyond_certificate), 2u);
    EXPECT_EQ(count(Errc::from_the_future), 1u);
    search.end(first, true);
    search.end(second, true);
    const auto answer = search.conclude(at, std::nullopt);
    EXPECT_EQ(answer.outcome, Outcome::none);
    EXPECT_FALSE(answer.record);
    EXPECT_FALSE(answer.revoked);
}

TEST_F(SearchTest, a_record_of_another_time_is_refused_and_still_tells_when_it_was_made) {
    search.begin(at.steady);
    auto old = two_contacts();
    old.issued_at = now - 7 * 3600;
    const auto expired = block_of(old, parameters(0, 100, start_of_period + 18000));
    old.issued_at = now + 5 * 3600;
    const auto early = block_of(old, parameters(0, 900, start_of_period + 61200));
    auto forged = expired;
    forged.back() ^= 1;
    for (const auto& wire : {expired, early, forged})
        meet(first, wire);
    EXPECT_EQ(count(Errc::expired), 2u);
    EXPECT_EQ(count(Errc::bad_expiry), 1u);
    for (int i = 0; i < 100; ++i)
        meet(second, expired);
    meet(second, fresh());
    const auto answer = search.conclude(at, std::nullopt);
    ASSERT_GE(answer.values.size(), 3u);
    EXPECT_EQ(answer.values[0].issued_at, now - 7 * 3600);
    EXPECT_EQ(answer.values[1].issued_at, now + 5 * 3600);
    EXPECT_EQ(answer.values[2].issued_at, 0u) << "signed by nobody";
    EXPECT_EQ(answer.outcome, Outcome::found) << "expired ones crowd nothing out";
}

TEST_F(SearchTest, says_whether_the_owner_himself_has_spoken) {
    search.begin(at.steady);
    meet(first, by_stolen_node(two_contacts(), parameters(1, 601)));
    Search other{request(), at, {4000ms, 200ms, 600ms, 6000ms}, seen};
    other.begin(at.steady);
    EXPECT_FALSE(search.conclude(at, std::nullopt).by_owner);
    other.meet(other.add_location(0, 0), {DhtNode::value_type, 0, fresh(), at.steady, false}, at, refused);
    EXPECT_TRUE(other.conclude(at, std::nullopt).by_owner);
}

TEST_F(SearchTest, a_record_dated_ahead_counts_as_dated_ten_minutes_ahead_at_most) {
    search.begin(at.steady);
    auto ahead = two_contacts();
    ahead.issued_at = now + 3000;
    meet(first, block_of(ahead, parameters(0, 601)));
    const auto answer = search.conclude(at, std::nullopt);
    ASSERT_TRUE(answer.record);
    EXPECT_EQ(answer.record->issued_at, now + 600);
    EXPECT_EQ(answer.values.at(0).issued_at, now + 3000) << "people are shown what it says";
}

TEST_F(SearchTest, around_midnight_both_days_are_asked) {
    EXPECT_EQ(search.questions().size(), 1u);
    const Search early{request(), {at.steady, start_of_period + 3600}, {4000ms, 200ms, 600ms, 6000ms}, seen};
    ASSERT_EQ(early.questions().size(), 2u);
    EXPECT_EQ(early.questions()[1].period, period - 1);
    const Search late{
        request(), {at.steady, start_of_period + 86400 - 3600}, {4000ms, 200ms, 600ms, 6000ms}, seen};
    ASSERT_EQ(late.questions().size(), 2u);
    EXPECT_EQ(late.questions()[1].period, period + 1);
}

}  // namespace
}  // namespace overlay
