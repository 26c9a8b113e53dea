// tests/simulations/network_test.cpp - links, boxes and clocks behave as drawn.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "simulations/links.hpp"
#include "simulations/world.hpp"

namespace simulations {
namespace {

using namespace std::chrono_literals;

Endpoint at(const char* address, std::uint16_t port = 4222) {
    return {asio::ip::make_address(address), port};
}

const Endpoint home = at("10.0.0.1"), other_home = at("10.0.0.2"), village = at("172.20.0.1");

class LinksTest : public testing::Test {
protected:
    std::optional<Micro> takes(const Endpoint& from, const Endpoint& to, std::size_t size = 100) {
        const auto arrives = links.carry(from, to, size, now, random);
        if (!arrives) return std::nullopt;
        return std::chrono::duration_cast<Micro>(*arrives - now);
    }
    Random random{1};
    TimePoint now{1h};
    Links links{{{"homes", "10.0.0.0/8"}, {"village", "172.20.0.0/16"}, {"island", "192.0.2.0/24"}},
                {{"homes", "homes", uniform(20ms, 20ms), 0, 0},
                 {"village", "homes", uniform(50ms, 50ms), 0, 80},
                 {"village", "village", uniform(1ms, 1ms), 0.25, 0}}};
};

TEST_F(LinksTest, each_pair_of_areas_has_its_own_line_and_without_one_nothing_comes) {
    EXPECT_EQ(takes(home, other_home), 20ms);
    EXPECT_FALSE(takes(home, at("192.0.2.1")));
    EXPECT_FALSE(takes(at("192.0.2.1"), at("192.0.2.2")));
}

TEST_F(LinksTest, a_slow_line_takes_a_datagram_after_the_other_and_drops_what_would_wait_half_a_second) {
    // 972 bytes and 28 of headers at 80 kbit/s: 100 ms each.
    EXPECT_EQ(takes(village, home, 972), 150ms);
    EXPECT_EQ(takes(village, home, 972), 250ms);
    EXPECT_EQ(takes(home, village, 972), 150ms) << "the other way is free";
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(takes(village, home, 972));
    EXPECT_FALSE(takes(village, home, 972));
}

TEST_F(LinksTest, a_cut_line_carries_nothing_until_it_is_mended) {
    links.cut("homes", "village");
    EXPECT_FALSE(takes(village, home));
    EXPECT_TRUE(takes(home, other_home));
    links.mend("village", "homes");
    EXPECT_TRUE(takes(village, home));
}

TEST_F(LinksTest, loses_as_many_as_it_says) {
    int lost = 0;
    for (int i = 0; i < 10000; ++i)
        if (!takes(village, at("172.20.0.2"))) ++lost;
    EXPECT_NEAR(lost, 2500, 150);
}

TEST_F(LinksTest, an_area_that_is_not_there_is_told) {
    EXPECT_THROW(links.cut("homes", "moon"), std::invalid_argument);
    EXPECT_THROW(links.cut("homes", "island"), std::invalid_argument);
}

TEST(Latency, of_a_lognormal_has_the_median_and_the_99th_percentile_that_were_asked_for) {
    Random random(1);
    const auto latency = lognormal(50ms, 200ms);
    std::vector<Micro> all;
    for (int i = 0; i < 20000; ++i)
        all.push_back(latency(home, other_home, random));
    std::ranges::sort(all);
    EXPECT_NEAR(static_cast<double>(all[10000].count()), 50000, 1000);
    EXPECT_NEAR(static_cast<double>(all[19800].count()), 200000, 15000);
}

TEST(Latency, between_cities_is_the_same_both_ways_but_for_a_tenth_of_jitter) {
    Random random(1);
    const auto latency = cities(SOURCE_DIR "/simulations/cities.tsv");
    for (unsigned i = 1; i < 200; ++i) {
        const Endpoint there(asio::ip::address_v4(0x0a000000U + i * 77), 4222);
        const auto go = static_cast<double>(latency(home, there, random).count());
        const auto back = static_cast<double>(latency(there, home, random).count());
        EXPECT_NEAR(go / back, 1, 0.11);
        EXPECT_GE(go, 8000);
        EXPECT_LE(go, 270000);  // half the globe in fibre with detours, and both accesses
    }
}

class NatTest : public testing::TestWithParam<Nat::Kind> {
protected:
    bool comes_in(const Endpoint& from) {
        const auto inside = nat.in(open.port(), from, now);
        return inside && *inside == host;
    }
    Endpoint host = at("172.16.0.5"), friendly = at("10.0.0.1"), same_house = at("10.0.0.1", 9),
             stranger = at("10.0.0.2");
    TimePoint now{1h};
    Nat nat{GetParam(), asio::ip::make_address("10.9.9.9")};
    Endpoint open = nat.out(host, friendly, now);
};

TEST_P(NatTest, lets_in_whom_its_kind_lets_in_for_two_minutes) {
    EXPECT_EQ(open.address(), asio::ip::make_address("10.9.9.9"));
    EXPECT_TRUE(comes_in(friendly));
    EXPECT_EQ(comes_in(same_house),
              GetParam() == Nat::Kind::full_cone || GetParam() == Nat::Kind::restricted);
    EXPECT_EQ(comes_in(stranger), GetParam() == Nat::Kind::full_cone);
    now += 121s;
    EXPECT_FALSE(comes_in(friendly));
}

TEST_P(NatTest, opens_a_port_for_each_correspondent_only_when_symmetric) {
    EXPECT_EQ(nat.out(host, stranger, now) == open, GetParam() != Nat::Kind::symmetric);
    EXPECT_EQ(nat.out(host, friendly, now), open);
    EXPECT_NE(nat.out(at("172.16.0.6"), friendly, now), open) << "another host";
}

INSTANTIATE_TEST_SUITE_P(Kinds, NatTest,
                         testing::Values(Nat::Kind::full_cone, Nat::Kind::restricted,
                                         Nat::Kind::port_restricted, Nat::Kind::symmetric));

/// Writes down when it was stepped and what it heard.
class Diary final : public Inhabitant {
public:
    void receive(const Endpoint& from, crypto::ByteView datagram, Now now) override {
        heard.emplace_back(from, std::string(datagram.begin(), datagram.end()));
        wall = now.wall;
    }
    void step(Now now) override {
        steps.push_back(now.steady);
        wall = now.wall;
        wake = now.steady + 10s;
    }
    [[nodiscard]] TimePoint next_wake() const override { return wake; }

    std::vector<std::pair<Endpoint, std::string>> heard;
    std::vector<TimePoint> steps;
    overlay::UnixSeconds wall = 0;
    TimePoint wake{};
};

TEST(World, steps_each_when_it_asked_to_be_and_brings_what_was_sent) {
    World world(1, 1'000'000);
    Diary one, other;
    world.move_in(home, one);
    world.move_in(other_home, other, -600s);
    const std::string text = "hello";
    world.send(home, other_home, crypto::bytes_of(text));
    world.run_for(35s);
    EXPECT_EQ(one.steps.size(), 4U);
    ASSERT_EQ(other.heard.size(), 1U);
    EXPECT_EQ(other.heard[0], std::pair(home, text));
    EXPECT_EQ(world.now().wall, 1'000'035U);
    EXPECT_EQ(other.wall, 1'000'030U - 600U) << "its clock is ten minutes slow";
}

TEST(World, who_is_behind_a_box_is_seen_from_its_outside_and_heard_there) {
    World world(1, 1'000'000);
    Diary hidden, open;
    const auto inside = at("172.16.0.5");
    const auto nat = std::make_shared<Nat>(Nat::Kind::port_restricted, asio::ip::make_address("10.9.9.9"));
    world.hide(inside.address(), nat);
    world.move_in(inside, hidden);
    world.move_in(home, open);
    const std::string text = "hello";
    world.send(home, at("10.9.9.9"), crypto::bytes_of(text));
    world.run_for(1s);
    EXPECT_TRUE(hidden.heard.empty()) << "nobody inside has written to home yet";
    world.send(inside, home, crypto::bytes_of(text));
    world.run_for(1s);
    ASSERT_EQ(open.heard.size(), 1U);
    EXPECT_EQ(open.heard[0].first, at("10.9.9.9"));
    world.send(home, open.heard[0].first, crypto::bytes_of(text));
    world.run_for(1s);
    EXPECT_EQ(hidden.heard.size(), 1U);
}

TEST(World, refuses_what_ipv4_cannot_carry) {
    World world(1, 1'000'000);
    EXPECT_EQ(world.send(home, other_home, std::vector<std::uint8_t>(65508)), EMSGSIZE);
    EXPECT_EQ(world.packets(), 0U);
}

}  // namespace
}  // namespace simulations
