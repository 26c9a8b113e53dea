// tests/overlay/village/neighbours_test.cpp - who is beside us, as far as everybody there may say what he
// likes.
#include "overlay/village/neighbours.hpp"

#include <gtest/gtest.h>

namespace overlay {
namespace {

using namespace std::chrono_literals;

asio::ip::address address(const std::string& text) {
    return asio::ip::make_address(text);
}

class NeighboursTest : public testing::Test {
protected:
    NeighboursTest() { neighbours.set(settings, 4222, 0, now); }

    BeaconBytes beacon(const std::string& from, std::uint8_t tag, const crypto::Bytes<32>& key = {2},
                       std::uint16_t tls = 5061) const {
        return write_beacon({network, {tag, 1, 1}, 4222, {5060, 5060, tls}, {}}, address(from), key);
    }
    bool hear(const std::string& from, const BeaconBytes& bytes) {
        return neighbours.heard(on, address(from), bytes, now).changed;
    }
    /// What is said until then.
    std::vector<BeaconBytes> run(std::chrono::milliseconds span) {
        const auto end = now + span;
        std::vector<BeaconBytes> said;
        while (const auto wake = neighbours.next_wake()) {
            if (*wake > end) break;
            now = std::max(now, *wake);
            for (const auto& saying : neighbours.step(held, in_dht, now))
                said.push_back(saying.bytes);
        }
        now = end;
        return said;
    }

    static constexpr std::uint32_t network = 4242;
    const LanAddress on{address("192.168.1.20"), 24, 2, {5060, 5060, 5061}};
    const LanSettings settings{{on}, {1, 1, 1}};
    SetDigest held{{5}, {1, 2}};
    bool in_dht = false;
    Neighbours::Time now{1h};
    std::uint8_t roll = 0;
    Neighbours neighbours{{network, {}}, [this](std::span<std::uint8_t> bytes) {
                              for (auto& byte : bytes)
                                  byte = roll += 41;
                          }};
};

TEST_F(NeighboursTest, a_node_says_where_its_SIP_and_its_DHT_are_and_marks_it_with_its_TLS_key) {
    const auto said = run(500ms);
    ASSERT_EQ(said.size(), 1U);
    const auto read = read_beacon(said.front());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sip, on.sip);
    EXPECT_EQ(read->dht, 4222);
    EXPECT_EQ(read->blocks, held);
    EXPECT_FALSE(read->in_dht);
    EXPECT_TRUE(is_marked_by(said.front(), on.address, settings.tls_key_hash));
}

TEST_F(NeighboursTest, who_is_heard_is_known_and_makes_us_speak_at_once) {
    (void)run(20min);
    EXPECT_TRUE(hear("192.168.1.21", beacon("192.168.1.21", 1)));
    EXPECT_FALSE(hear("192.168.1.21", beacon("192.168.1.21", 1))) << "nothing new";
    EXPECT_EQ(run(500ms).size(), 1U);
    ASSERT_EQ(neighbours.all().size(), 1U);
    const std::vector<EdgeBeside> edges = {{address("192.168.1.21"), 5061}};
    EXPECT_EQ(edges_beside(neighbours.all(), {2}), edges);
    EXPECT_TRUE(edges_beside(neighbours.all(), {3}).empty()) << "another record's edge";
}

TEST_F(NeighboursTest, our_own_that_comes_back_is_nobody) {
    const auto own = run(500ms);
    ASSERT_EQ(own.size(), 1U);
    EXPECT_FALSE(hear("192.168.1.20", own.front()));
    EXPECT_TRUE(neighbours.all().empty());
}

TEST_F(NeighboursTest, what_does_not_come_from_beside_us_is_refused_and_so_is_another_networks) {
    EXPECT_FALSE(hear("203.0.113.9", beacon("203.0.113.9", 1)));
    EXPECT_FALSE(hear("192.168.2.9", beacon("192.168.2.9", 1)));
    EXPECT_FALSE(
        hear("192.168.1.21", write_beacon({network + 1, {1}, 4222, {}, {}}, address("192.168.1.21"), {})));
    EXPECT_FALSE(hear("192.168.1.21", {}));
    EXPECT_EQ(neighbours.counters().refused, 4U);
    EXPECT_TRUE(neighbours.all().empty());
}

TEST_F(NeighboursTest, a_beacon_said_again_from_another_address_leads_nobody_there) {
    ASSERT_TRUE(hear("192.168.1.66", beacon("192.168.1.21", 1)));
    EXPECT_TRUE(edges_beside(neighbours.all(), {2}).empty());
}

TEST_F(NeighboursTest, a_port_of_another_service_is_nobodys_edge) {
    ASSERT_TRUE(hear("192.168.1.21", beacon("192.168.1.21", 1, {2}, 22)));
    EXPECT_TRUE(edges_beside(neighbours.all(), {2}).empty());
}

TEST_F(NeighboursTest, who_is_silent_is_forgotten) {
    ASSERT_TRUE(hear("192.168.1.21", beacon("192.168.1.21", 1)));
    (void)run(9min);
    EXPECT_EQ(neighbours.all().size(), 1U);
    (void)run(3min);
    EXPECT_TRUE(neighbours.all().empty());
    EXPECT_TRUE(neighbours.take_gone());
}

TEST_F(NeighboursTest, in_another_house_everybody_is_forgotten_and_we_are_not_known_again) {
    const auto before = read_beacon(run(500ms).at(0));
    ASSERT_TRUE(hear("192.168.1.21", beacon("192.168.1.21", 1)));
    neighbours.moved(now);
    EXPECT_TRUE(neighbours.all().empty());
    EXPECT_TRUE(neighbours.take_gone());
    const auto after = read_beacon(run(500ms).at(0));
    EXPECT_NE(before->tag, after->tag);
}

TEST_F(NeighboursTest,
       a_flood_of_made_up_ones_takes_no_more_room_and_costs_nobody_who_speaks_again_his_place) {
    const std::string bob = "192.168.1.21";
    ASSERT_TRUE(hear(bob, beacon(bob, 1)));
    now += 500ms;
    EXPECT_FALSE(hear(bob, beacon(bob, 1)));
    std::size_t said = 0;
    for (int second = 0; second < 120; ++second) {
        for (int i = 0; i < 500; ++i) {
            const auto from = "192.168.1." + std::to_string(22 + i % 200);
            const auto fake =
                beacon(from, static_cast<std::uint8_t>(i), {std::uint8_t(second), std::uint8_t(i)});
            (void)hear(from, fake);
            // And in Bob's own name.
            (void)hear(bob, beacon(bob, static_cast<std::uint8_t>(2 + i % 200), {9, std::uint8_t(i)}));
        }
        said += run(1s).size();
    }
    EXPECT_LE(neighbours.all().size(), Neighbours::most);
    EXPECT_EQ(edges_beside(neighbours.all(), {2}).size(), 1U) << "Bob is still known";
    EXPECT_GT(neighbours.counters().crowded, 50'000U);
    EXPECT_LT(said, 120U) << "60,000 datagrams a minute bring less than one a second";
}

TEST_F(NeighboursTest, who_holds_other_blocks_than_before_is_nobody_new) {
    auto beacon = Beacon{network, {1, 1, 1}, 4222, {5060, 5060, 5061}, {}};
    const auto from = address("192.168.1.21");
    ASSERT_TRUE(hear("192.168.1.21", write_beacon(beacon, from, {2})));
    beacon.blocks.all = {8};
    EXPECT_FALSE(hear("192.168.1.21", write_beacon(beacon, from, {2})));
    ASSERT_EQ(neighbours.all().size(), 1U);
    EXPECT_EQ(neighbours.all().front().beacon.blocks, beacon.blocks);
    EXPECT_EQ(edges_beside(neighbours.all(), {2}).size(), 1U);
    beacon.in_dht = true;
    EXPECT_TRUE(hear("192.168.1.21", write_beacon(beacon, from, {2}))) << "but worth to be told";
    EXPECT_FALSE(hear("192.168.1.21", write_beacon(beacon, from, {2})));
    ASSERT_EQ(neighbours.all().size(), 1U);
}

TEST_F(NeighboursTest, without_a_home_network_nothing_is_said) {
    neighbours.set({}, 4222, 0, now);
    EXPECT_FALSE(neighbours.next_wake());
}

}  // namespace
}  // namespace overlay
