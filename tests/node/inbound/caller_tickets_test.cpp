// tests/node/inbound/caller_tickets_test.cpp - tickets between two nodes, in virtual time.
#include "node/inbound/caller_tickets.hpp"

#include <gtest/gtest.h>

#include "tests/node/ticket_makers.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

struct CallerTicketsTest : ::testing::Test, TwoTicketMakers {
    const crypto::Identity c = identity(3);
    const crypto::TicketCallee bob{b.public_key(), "bob"};
    const sip::Flow flow;

    CallerTicketsTest() { pass(10min); }
    void pass(std::chrono::seconds time) {
        now.steady += time;
        now.wall += time;
    }
    std::string ticket() { return at_a.issue("alice", at_b.key(now.wall), bob, now.wall); }
};

TEST_F(CallerTicketsTest, the_right_ticket_says_who_calls) {
    const auto caller = at_b.take(ticket(), bob, flow, now);
    ASSERT_TRUE(caller);
    EXPECT_EQ(*caller, (Caller{a.public_key(), "alice"}));
    EXPECT_TRUE(uri_of(*caller).starts_with("sip:alice@") && uri_of(*caller).ends_with(".hedge.alt"));
    EXPECT_EQ(at_b.counters().verified, 1u);
    EXPECT_EQ(at_a.counters().issued, 1u);
}

TEST_F(CallerTicketsTest, a_ticket_counts_once) {
    const auto text = ticket();
    EXPECT_TRUE(at_b.take(text, bob, flow, now));
    EXPECT_FALSE(at_b.take(text, bob, flow, now));
    pass(59s);
    EXPECT_FALSE(at_b.take(text, bob, flow, now));
    EXPECT_EQ(at_b.counters().replayed, 2u);
    pass(2s);
    EXPECT_FALSE(at_b.take(text, bob, flow, now));
    EXPECT_EQ(at_b.counters().stale, 1u);
}

TEST_F(CallerTicketsTest, a_ticket_counts_for_a_minute) {
    const auto text = ticket(), late = ticket();
    pass(60s);
    EXPECT_TRUE(at_b.take(text, bob, flow, now));
    pass(1s);
    EXPECT_FALSE(at_b.take(late, bob, flow, now));
    EXPECT_EQ(at_b.counters().stale, 1u);
}

TEST_F(CallerTicketsTest, clocks_may_differ_by_a_minute) {
    const auto key = at_b.key(now.wall);
    const auto ahead = at_a.issue("alice", key, bob, now.wall + 60s);
    const auto far_ahead = at_a.issue("alice", key, bob, now.wall + 61s);
    EXPECT_TRUE(at_b.take(ahead, bob, flow, now));
    EXPECT_FALSE(at_b.take(far_ahead, bob, flow, now));
    pass(119s);
    EXPECT_FALSE(at_b.take(ahead, bob, flow, now)) << "still remembered while it would be fresh";
    EXPECT_EQ(at_b.counters().replayed, 1u);
}

TEST_F(CallerTicketsTest, after_a_restart_nothing_of_before_counts) {
    const auto before = ticket();
    const auto from_the_future = at_a.issue("alice", at_b.key(now.wall), bob, now.wall + 30s);
    pass(1s);
    CallerTickets again(b, now, random);
    EXPECT_FALSE(again.take(before, bob, flow, now));
    EXPECT_FALSE(again.take(from_the_future, bob, flow, now));
    EXPECT_TRUE(again.take(ticket(), bob, flow, now));
}

TEST_F(CallerTicketsTest, tickets_for_others_and_of_nobody_say_nothing) {
    EXPECT_FALSE(at_b.take(ticket(), {b.public_key(), "carol"}, flow, now)) << "another label";
    const auto for_c =
        at_a.issue("alice", CallerTickets(c, now, random).key(now.wall), {c.public_key(), "bob"}, now.wall);
    EXPECT_FALSE(at_b.take(for_c, bob, flow, now)) << "another node";
    EXPECT_FALSE(at_b.take("", bob, flow, now));
    EXPECT_FALSE(at_b.take(std::string(160, 'A'), bob, flow, now));
    EXPECT_EQ(at_b.counters().forged, 4u);
    EXPECT_EQ(at_a.issue("Not A Label", at_b.key(now.wall), bob, now.wall), "");
}

TEST_F(CallerTicketsTest, the_key_of_yesterday_opens_as_long_as_its_records_may_live) {
    pass(11h + 49min + 30s);  // half a minute before midnight
    const auto key = at_b.key(now.wall);
    const auto until = [&](std::chrono::seconds time) {
        pass(time);
        return at_b.take(at_a.issue("alice", key, bob, now.wall), bob, flow, now).has_value();
    };
    EXPECT_TRUE(until(10s));
    EXPECT_TRUE(until(40s)) << "a record fetched before midnight";
    EXPECT_TRUE(until(2h + 59min));
    EXPECT_FALSE(until(5min));
    EXPECT_NE(at_b.key(now.wall), key);
}

TEST_F(CallerTicketsTest, memory_is_bounded_and_when_it_is_full_nothing_counts) {
    CallerTickets small(b, now, random, 100);
    pass(10s);
    for (int i = 0; i < 150; ++i)
        (void)small.take(ticket(), bob, flow, now);
    EXPECT_EQ(small.remembered(), 100u);
    EXPECT_EQ(small.counters().unopened, 50u);
    pass(61s);
    EXPECT_TRUE(small.take(ticket(), bob, flow, now));
    EXPECT_EQ(small.remembered(), 1u);
}

TEST_F(CallerTicketsTest, a_flood_of_tickets_is_not_opened) {
    for (int i = 0; i < 1000; ++i)
        (void)at_b.take(std::string(160, 'A'), bob, flow, now);
    EXPECT_EQ(at_b.counters().forged, 200u);
    EXPECT_EQ(at_b.counters().unopened, 800u);
    sip::Flow by_tls = flow;
    by_tls.transport = sip::Transport::tls;
    EXPECT_TRUE(at_b.take(ticket(), bob, by_tls, now)) << "what comes over UDP is in no other's way";
    pass(1s);
    EXPECT_TRUE(at_b.take(ticket(), bob, flow, now));
}

}  // namespace
}  // namespace node
