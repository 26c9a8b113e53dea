// tests/overlay/village/exchange_test.cpp - how blocks come to all of a village, and what a hostile neighbour
// can make others say.
#include "overlay/village/exchange.hpp"

#include <gtest/gtest.h>

#include <random>

#include "overlay/village/village.hpp"
#include "tests/overlay/village/blocks.hpp"

namespace overlay {
namespace {

using namespace std::chrono_literals;
using namespace testing_village;

constexpr std::uint32_t network = 4711;

/// Nodes that hear those whom the drawing joins, ten milliseconds later.
class VillageTest : public testing::Test {
protected:
    struct House {
        std::unique_ptr<Village> village;
        LanAddress at;
        std::vector<unsigned> hears_us;
        std::uint64_t said = 0, bytes = 0;
        explicit House(unsigned number) : at{neighbour(number), 16, 1, {5060, 5060, 5061}} {}
    };
    House& add(unsigned number) {
        houses.emplace_back(number);
        Village::Config config;
        config.neighbours.network = config.exchange.network = network;
        houses.back().village = std::make_unique<Village>(config, [this](std::span<std::uint8_t> bytes) {
            for (auto& byte : bytes)
                byte = static_cast<std::uint8_t>(random());
        });
        houses.back().village->set({{houses.back().at}, {1}}, 4222, 0, now);
        return houses.back();
    }
    void join(unsigned a, unsigned b) {
        houses[a].hears_us.push_back(b);
        houses[b].hears_us.push_back(a);
    }
    /// So many houses in a line, each with one user, number by number.
    void line(unsigned length) {
        houses.reserve(length + 4);
        for (unsigned i = 0; i < length; ++i) {
            add(1 + i);
            if (i > 0) join(i - 1, i);
        }
    }
    void publish(unsigned house, unsigned number, std::uint16_t seq = 720) {
        houses[house].village->publish(block_of(number, seq), now);
    }
    void hear(unsigned house, const asio::ip::address& from, crypto::ByteView datagram) {
        (void)houses[house].village->heard(houses[house].at, from, datagram, now);
    }
    void run(std::chrono::milliseconds span) {
        const auto end = now.steady + span;
        for (; now.steady < end; now.steady += 10ms) {
            now.wall = wall + static_cast<UnixSeconds>((now.steady - began) / 1s);
            const auto arriving = std::exchange(under_way, {});
            for (const auto& [house, from, bytes] : arriving)
                hear(house, houses[from].at.address, bytes);
            for (unsigned i = 0; i < houses.size(); ++i) {
                auto& house = houses[i];
                if (const auto wake = house.village->next_wake(); !wake || *wake > now.steady) continue;
                for (const auto& saying : house.village->step(false, now)) {
                    ++house.said;
                    house.bytes += saying.bytes.size();
                    for (const auto other : house.hears_us)
                        if (random() % 100 >= lost_percent) under_way.push_back({other, i, saying.bytes});
                }
            }
        }
    }
    [[nodiscard]] std::size_t held(unsigned house) const {
        return houses[house].village->store().all().size();
    }

    struct UnderWay {
        unsigned to, from;
        VillageBytes bytes;
    };
    std::mt19937 random{1};
    unsigned lost_percent = 0;
    const TimePoint began{1h};
    Now now{began, wall};
    std::vector<House> houses;
    std::vector<UnderWay> under_way;
};

TEST_F(VillageTest, what_is_new_is_at_a_neighbour_at_once_and_at_the_tenth_within_two_seconds) {
    line(10);
    run(20s);
    publish(0, 1);
    run(100ms);
    EXPECT_EQ(held(1), 1U);
    run(2s);
    EXPECT_EQ(held(9), 1U);
}

TEST_F(VillageTest, all_hold_all_though_a_fifth_of_what_is_said_is_lost) {
    lost_percent = 20;
    line(12);
    for (unsigned i = 0; i < 12; ++i)
        publish(i, i);
    run(30s);
    for (unsigned i = 0; i < 12; ++i)
        EXPECT_EQ(held(i), 12U) << i;
}

TEST_F(VillageTest, who_comes_later_is_given_what_there_is_and_what_was_cut_off_meets_again) {
    line(4);
    for (unsigned i = 0; i < 30; ++i)
        publish(i % 3, i);
    houses[2].hears_us = {1};  // the fourth comes later, with a user of its own
    houses[3].hears_us.clear();
    publish(3, 99);
    run(30s);
    EXPECT_EQ(held(0), 30U);
    EXPECT_EQ(held(3), 1U);
    houses[2].hears_us = {1, 3};
    houses[3].hears_us = {2};
    houses[3].village->moved(now);
    run(10s);
    for (unsigned i = 0; i < 4; ++i)
        EXPECT_EQ(held(i), 31U) << i;
}

TEST_F(VillageTest, a_village_that_agrees_says_next_to_nothing) {
    line(5);
    for (unsigned i = 0; i < 5; ++i)
        publish(i, i);
    run(10min);
    std::uint64_t before = 0, after = 0;
    for (const auto& house : houses)
        before += house.bytes;
    run(30min);
    for (const auto& house : houses)
        after += house.bytes;
    EXPECT_LT(after - before, 5U * 1800) << "less than a byte a second each";
}

TEST_F(VillageTest, a_newer_one_goes_to_all_and_an_older_one_said_again_takes_nobody_back) {
    line(4);
    publish(0, 1, 720);
    run(5s);
    publish(0, 1, 721);
    run(5s);
    const auto replay = write_datagram(network, BlockGive{{block_of(1, 720)}});
    std::uint64_t before = houses[3].said;
    for (int i = 0; i < 1000; ++i) {
        hear(3, neighbour(66), replay);
        run(10ms);
    }
    for (unsigned i = 0; i < 4; ++i) {
        ASSERT_EQ(held(i), 1U);
        EXPECT_EQ(houses[i].village->store().all().begin()->second.seq, 721);
    }
    EXPECT_LT(houses[3].said - before, 15U) << "the newer one, once a second";
}

TEST_F(VillageTest, who_lies_in_digests_is_asked_less_and_less_often) {
    line(2);
    publish(0, 1);
    publish(1, 2);
    run(20min);
    const auto before = houses[0].bytes;
    Beacon lie{network, {66}, 4222, {5060, 5060, 5061}, {}};
    for (int second = 0; second < 3600; ++second) {
        lie.blocks.all[0] = static_cast<std::uint8_t>(1 + second % 200);
        lie.blocks.parts.fill(static_cast<std::uint16_t>(second));
        hear(0, neighbour(66), write_beacon(lie, neighbour(66), {}));
        run(1s);
    }
    EXPECT_LT(houses[0].bytes - before, 25U * (60 + 9 * 96))
        << "an hour of lies: a list and some beacons each time";
}

TEST_F(VillageTest, wants_and_lists_without_end_bring_no_more_than_the_pace) {
    line(2);
    for (unsigned i = 0; i < 100; ++i)
        publish(0, i);
    run(1min);
    BlockWant all;
    for (const auto& [key, kept] : houses[0].village->store().all()) {
        BlockPlace place{{}, key.writer};
        std::copy_n(key.blinded.begin(), place.prefix.size(), place.prefix.begin());
        all.blocks.push_back(place);
    }
    const auto want = write_datagram(network, all);
    KeyPrefix last;
    last.fill(0xff);
    const auto list = write_datagram(network, BlockList{{}, last, {}});  // "I have nothing"
    const auto before = houses[0].bytes;
    for (int second = 0; second < 600; ++second) {
        for (int i = 0; i < 20; ++i) {
            hear(0, neighbour(66), want);
            hear(0, neighbour(67), list);
        }
        run(1s);
    }
    EXPECT_LT(houses[0].bytes - before, 32'768U + 600 * 500 + 5000) << "half the burst, half the pace";
    publish(0, 200);
    run(1s);
    EXPECT_EQ(held(1), 101U) << "and what is new does not wait for it";
}

TEST_F(VillageTest, a_flood_of_valid_blocks_is_said_on_at_the_pace_and_costs_the_others_nothing) {
    line(3);
    for (unsigned i = 0; i < 3; ++i)
        publish(i, i);
    run(1min);
    const auto before = houses[1].bytes;
    for (unsigned i = 0; i < 3000; ++i) {
        hear(0, neighbour(66), write_datagram(network, BlockGive{{block_of(1000 + i)}}));
        if (i % 50 == 49) run(1s);
    }
    run(60s);
    EXPECT_LE(held(0), 2003U);
    EXPECT_LT(houses[1].bytes - before, 65'536U + 130 * 1000);
    publish(2, 5);
    publish(0, 6);
    run(20s);
    for (unsigned i = 0; i < 3; ++i) {
        for (const unsigned honest : {0U, 1U, 2U, 5U, 6U}) {
            const auto key = parse_block(block_of(honest))->blinded;
            EXPECT_EQ(houses[i].village->store().of(key).size(), 1U) << honest << " at " << i;
        }
    }
}

TEST_F(VillageTest, who_is_not_beside_us_and_what_is_of_another_network_is_not_read) {
    line(1);
    const auto elsewhere = asio::ip::make_address("203.0.113.9");
    hear(0, elsewhere, write_datagram(network, BlockGive{{block_of(1)}}));
    hear(0, neighbour(2), write_datagram(network + 1, BlockGive{{block_of(1)}}));
    EXPECT_EQ(held(0), 0U);
    hear(0, neighbour(2), write_datagram(network, BlockGive{{block_of(1)}}));
    EXPECT_EQ(held(0), 1U);
}

TEST_F(VillageTest, over_ipv6_it_is_said_to_those_who_have_nothing_else) {
    add(1);
    auto& village = *houses[0].village;
    const LanAddress six{asio::ip::make_address("fd00::1"), 64, 1, {5060, 5060, 5061}};
    village.set({{houses[0].at, six}, {1}}, 4222, 4222, now);
    const auto said_at = [&](std::uint16_t seq) {
        publish(0, 1, seq);
        std::vector<bool> v4;
        const auto end = now.steady + 1s;
        for (; now.steady < end; now.steady += 10ms)
            for (const auto& saying : village.step(false, now))
                if (is_village_datagram(saying.bytes)) v4.push_back(saying.from.address.is_v4());
        return v4;
    };
    EXPECT_EQ(said_at(720), std::vector<bool>{true});
    const auto beacon_from = [&](const asio::ip::address& from, std::uint8_t tag) {
        Beacon beacon{network, {tag}, 4222, {5060, 5060, 5061}, {}};
        (void)village.heard(from.is_v4() ? houses[0].at : six, from, write_beacon(beacon, from, {}), now);
    };
    beacon_from(asio::ip::make_address("fd00::2"), 2);
    EXPECT_EQ(said_at(721), (std::vector<bool>{true, false}));
    beacon_from(neighbour(2), 2);
    EXPECT_EQ(said_at(722), std::vector<bool>{true}) << "the same node, with both";
}

// Whose record leads into our own network is called there where his beacon says that he is: a block that came
// first would send the caller away.
TEST_F(VillageTest, who_comes_says_where_he_is_before_what_he_holds_also_in_the_next_house) {
    add(1);
    auto& village = *houses[0].village;
    const auto said = [&] {
        std::vector<std::string> all;
        for (const auto end = now.steady + 2s; now.steady < end; now.steady += 10ms)
            for (const auto& saying : village.step(false, now))
                all.emplace_back(is_village_datagram(saying.bytes) ? "a block" : "a beacon");
        all.resize(2);
        return all;
    };
    const std::vector<std::string> a_beacon_first = {"a beacon", "a block"};
    publish(0, 1, 720);
    EXPECT_EQ(said(), a_beacon_first);
    village.moved(now);
    publish(0, 1, 721);
    EXPECT_EQ(said(), a_beacon_first);
}

TEST_F(VillageTest, without_a_network_nothing_is_said_and_nobody_waits_for_it) {
    line(1);
    houses[0].village->set({}, 4222, 0, now);
    publish(0, 1);
    EXPECT_TRUE(houses[0].village->idle());
    run(10s);
    EXPECT_EQ(houses[0].said, 0U);
}

}  // namespace
}  // namespace overlay
