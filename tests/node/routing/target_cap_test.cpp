#include "node/routing/target_cap.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using Time = TargetCap::Time;

constexpr Time start{100'000s};
const std::array<std::uint8_t, 16> secret = {4, 2};

asio::ip::address ip(const std::string& text) {
    return asio::ip::make_address(text);
}
const auto victim = ip("198.51.100.7");

int admitted(TargetCap& cap, const asio::ip::address& target, int tries, Time now,
             const std::string& prefix = "n") {
    int count = 0;
    for (int i = 0; i < tries; ++i)
        count += cap.admit(target, prefix + std::to_string(i), now) ? 1 : 0;
    return count;
}

TEST(TargetCap, one_address_gets_30_calls_at_once_and_30_a_minute_whatever_the_names) {
    TargetCap cap(secret, {});
    EXPECT_EQ(admitted(cap, victim, 100, start, "a"), 30);
    EXPECT_EQ(admitted(cap, victim, 100, start + 1s, "b"), 0);
    EXPECT_EQ(admitted(cap, victim, 100, start + 2s, "c"), 1);
    EXPECT_EQ(admitted(cap, victim, 100, start + 62s, "d"), 30);
    EXPECT_EQ(cap.counters().admitted, 61U);
    EXPECT_EQ(cap.counters().too_often, 339U);
    EXPECT_EQ(admitted(cap, ip("198.51.100.8"), 100, start), 30);  // another address has its own
}

TEST(TargetCap, the_reason_says_how_often_it_was_called_in_the_last_minute) {
    TargetCap cap(secret, {});
    admitted(cap, victim, 40, start);
    EXPECT_EQ(cap.reason(victim, start), "called too often through here (30 in the last minute)");
    EXPECT_EQ(admitted(cap, victim, 40, start + 20s), 10);
    EXPECT_EQ(cap.reason(victim, start + 20s), "called too often through here (40 in the last minute)");
    EXPECT_EQ(cap.reason(victim, start + 70s), "called too often through here (10 in the last minute)");
    EXPECT_EQ(cap.reason(victim, start + 24h), "called too often through here (0 in the last minute)");
    EXPECT_EQ(cap.reason(ip("203.0.113.1"), start), "");
}

TEST(TargetCap, the_spellings_of_an_address_are_one_target) {
    TargetCap cap(secret, {});
    EXPECT_EQ(admitted(cap, victim, 30, start), 30);
    for (const char* same : {"::ffff:198.51.100.7", "64:ff9b::198.51.100.7", "2002:c633:6407::1"})
        EXPECT_FALSE(cap.admit(ip(same), "x", start)) << same;
    EXPECT_EQ(cap.size(), 1U);
}

TEST(TargetCap, an_IPv6_network_of_64_bits_is_one_target) {
    TargetCap cap(secret, {});
    EXPECT_EQ(admitted(cap, ip("2001:db8:1:2::1"), 30, start), 30);
    EXPECT_FALSE(cap.admit(ip("2001:db8:1:2:ffff::9"), "x", start));
    EXPECT_TRUE(cap.admit(ip("2001:db8:1:3::1"), "x", start));
}

TEST(TargetCap, a_new_name_is_refused_after_256_in_an_hour_but_known_ones_go_on) {
    TargetCap cap(secret, {});
    int names = 0;
    for (int minute = 0; minute < 20; ++minute)
        names += admitted(cap, victim, 20, start + minute * 1min, "m" + std::to_string(minute) + "-");
    EXPECT_EQ(names, 256);
    EXPECT_EQ(cap.counters().too_many_names, 400U - 256U);
    const auto later = start + 21min;
    EXPECT_FALSE(cap.admit(victim, "a new one", later));
    EXPECT_EQ(cap.reason(victim, later), "called by too many names through here (256 in the last hour)");
    EXPECT_TRUE(cap.admit(victim, "m0-3", later));
    // The names of the first minute make room an hour later, but not the one that was called again.
    EXPECT_EQ(admitted(cap, victim, 30, start + 60min, "late"), 19);
}

TEST(TargetCap, a_village_edge_with_hundreds_of_names_is_called_all_day) {
    TargetCap cap(secret, {});
    int refused = 0;
    for (int call = 0; call < 8 * 60 * 4; ++call)  // every 15 s for 8 hours, 250 people
        refused += cap.admit(victim, "u" + std::to_string(call * 7919 % 250), start + call * 15s) ? 0 : 1;
    EXPECT_EQ(refused, 0);
}

TEST(TargetCap, an_address_of_our_own_mesh_has_no_limit_of_names_and_ten_times_the_calls) {
    const auto hub = ip("fd00::1");
    TargetCap cap(secret, [&](const asio::ip::address& a) { return a == hub; });
    EXPECT_EQ(admitted(cap, hub, 1000, start), 300);
    EXPECT_EQ(admitted(cap, hub, 1000, start + 60s, "b"), 300);
    EXPECT_EQ(cap.counters().too_many_names, 0U);
    EXPECT_EQ(admitted(cap, ip("fd00::2"), 100, start), 30);  // a neighbour in its /64 is a stranger
}

TEST(TargetCap, remembers_4096_targets_and_lets_go_of_the_one_not_called_for_longest) {
    TargetCap cap(secret, {});
    const auto numbered = [](unsigned i) { return asio::ip::address_v4(0x0b000000U + i); };
    EXPECT_EQ(admitted(cap, numbered(0), 30, start), 30);
    EXPECT_EQ(admitted(cap, numbered(1), 30, start), 30);
    for (unsigned i = 2; i < 4096; ++i)
        EXPECT_TRUE(cap.admit(numbered(i), "n", start));
    EXPECT_FALSE(cap.admit(numbered(0), "n", start));  // refused, and yet remembered longer for it
    EXPECT_TRUE(cap.admit(numbered(9999), "n", start));
    EXPECT_EQ(cap.size(), TargetCap::max_targets);
    EXPECT_EQ(cap.counters().forgotten, 1U);
    EXPECT_FALSE(cap.admit(numbered(0), "n", start));
    EXPECT_TRUE(cap.admit(numbered(1), "n", start));
}

}  // namespace
}  // namespace node
