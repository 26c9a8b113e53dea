// tests/overlay_time/publisher_test.cpp - days in the life of a published record.
#include "overlay/publisher.hpp"

#include <algorithm>

#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

class PublisherOverTime : public Village {
protected:
    /// Resolved every `pause` until `end`: how often bob was found.
    std::pair<int, int> found_until(overlay::UnixSeconds end, std::chrono::seconds pause) {
        int asked = 0, found = 0;
        while (world->now().wall < end) {
            world->run_for(pause);
            ++asked;
            if (port_told() == 5062) ++found;
        }
        return {asked, found};
    }
};

TEST_F(PublisherOverTime, a_record_is_read_back_and_resolved_among_32_nodes) {
    build(30, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published(10s));
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_EQ(answer.record->edges, at_port(5062).edges);
    EXPECT_LT(answer.elapsed, 2s);
}

TEST_F(PublisherOverTime, refreshes_keep_a_record_alive_for_a_day_on_nodes_that_know_its_type) {
    build(30, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    const auto [asked, found] = found_until(noon + day, 20min);
    EXPECT_EQ(found, asked);
}

TEST_F(PublisherOverTime, refreshes_keep_a_record_alive_for_a_day_on_nodes_that_do_not_know_its_type) {
    build(0, 30);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    int holders = 30;  // the fewest at any time: bob and alice know the type and keep it for longer
    while (world->now().wall < noon + day) {
        world->run_for(61s);
        const auto place = overlay::location(bobs_today().blinded, 0);
        holders = std::min(holders, static_cast<int>(std::ranges::count_if(
                                        stocks, [&](const auto& node) { return node->holds(place) > 0; })));
    }
    EXPECT_GE(holders, 4);
    EXPECT_EQ(port_told(), 5062);
}

TEST_F(PublisherOverTime, while_the_clock_is_wrong_nothing_is_signed_and_once_it_is_right_all_is_published) {
    build(10, 0);
    settle_bob_and_alice();
    bob.node->core().trust_clock(false, world->now());
    bob.node->publish("bob", at_port(5062));
    EXPECT_FALSE(published(2min));
    EXPECT_TRUE(bob.memory.published.empty()) << "not even a seq was taken";
    bob.node->core().trust_clock(true, world->now());
    EXPECT_TRUE(published(10s));
    bob.node->core().trust_clock(false, world->now());
    const auto seqs = bob.memory.published;
    world->run_for(2h);  // a refresh would have been due
    EXPECT_EQ(bob.memory.published.size(), seqs.size());
    EXPECT_EQ(bob.memory.published.begin()->second.seq, seqs.begin()->second.seq);
}

TEST_F(PublisherOverTime, a_record_survives_a_twentieth_of_all_packets_being_lost) {
    build(24, 6, noon, {10ms, 80ms, 0.05});
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    EXPECT_TRUE(published(60s));
    const auto [asked, found] = found_until(noon + 6 * 3600, 13min);
    EXPECT_EQ(found, asked);
}

TEST_F(PublisherOverTime, tomorrows_block_is_out_before_midnight_and_a_caller_meets_no_gap) {
    build(16, 16, midnight + day - 3 * 3600);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    const auto tomorrow = bobs(20001).blinded;
    run_to(midnight + day - 2 * 3600 - 60);
    EXPECT_FALSE(bob.memory.published.contains(tomorrow)) << "earlier than the last two hours";
    run_to(midnight + day - 1);
    EXPECT_TRUE(bob.memory.published.contains(tomorrow));
    const auto [asked, found] = found_until(midnight + day + 3 * 3600, 61s);
    EXPECT_EQ(found, asked);
    EXPECT_EQ(ask().blinded, tomorrow);
}

TEST_F(PublisherOverTime, a_record_of_yesterday_is_found_while_it_lasts) {
    build(24, 0, midnight + day - 1800);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    bob.node.reset();
    ASSERT_FALSE(bob.memory.published.contains(bobs(20001).blinded));
    run_to(midnight + day + 1800);
    EXPECT_EQ(port_told(), 5062);
    run_to(midnight + day + 2 * 3600);
    EXPECT_EQ(ask().outcome, Outcome::none);
}

TEST_F(PublisherOverTime, the_moment_of_tomorrows_first_put_differs_from_person_to_person) {
    std::set<overlay::UnixSeconds> moments;
    for (seed = 1; seed <= 4; ++seed) {
        inhabitants = 0;
        build(3, 0, midnight + day - 2 * 3600 - 120);
        settle_bob_and_alice();
        bob.node->publish("bob", at_port(5062));
        const auto tomorrow = bobs(20001).blinded;
        world->run_until([&] { return bob.memory.published.contains(tomorrow); }, 3h);
        moments.insert(world->now().wall / 60);
        TearDown();
        bob.memory = {};
    }
    EXPECT_GE(moments.size(), 3U);
}

TEST_F(PublisherOverTime, refreshes_come_every_45_to_60_minutes_with_a_new_seq) {
    build(8, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    auto seq = bob.node->status().published.at(0).seq;
    for (int i = 0; i < 5; ++i) {
        const auto before = world->now().steady;
        ASSERT_TRUE(world->run_until([&] { return bob.node->status().published.at(0).seq != seq; }, 61min));
        const auto passed = world->now().steady - before;
        EXPECT_GE(passed, 44min);
        EXPECT_LE(passed, 60min + 1s);
        const auto next = bob.node->status().published.at(0).seq;
        EXPECT_GT(next, seq);
        seq = next;
        ASSERT_TRUE(published());
    }
}

TEST_F(PublisherOverTime, a_withdrawn_record_beats_the_older_one_and_is_not_refreshed) {
    build(16, 16);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    ASSERT_EQ(port_told(), 5062);
    bob.node->withdraw("bob");
    ASSERT_TRUE(world->run_until(
        [&] {
            const auto mine = bob.node->status().published.at(0);
            return mine.withdrawn && mine.read_back == 2;
        },
        20s));
    const auto answer = ask();
    EXPECT_EQ(answer.outcome, Outcome::found);
    EXPECT_TRUE(answer.record->edges.empty());
    const auto seq = bob.node->status().published.at(0).seq;
    world->run_for(3h);
    EXPECT_EQ(bob.node->status().published.at(0).seq, seq);
    EXPECT_EQ(ask().outcome, Outcome::none) << "expired everywhere, as nobody refreshed it";
}

TEST_F(PublisherOverTime, an_equal_record_is_not_published_again) {
    build(8, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    const auto seq = bob.node->status().published.at(0).seq;
    world->run_for(2min);
    bob.node->publish("bob", at_port(5062));
    world->run_for(10s);
    EXPECT_EQ(bob.node->status().published.at(0).seq, seq);
}

TEST_F(PublisherOverTime, changes_within_two_seconds_are_one_block) {
    build(8, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    const auto seq = bob.node->status().published.at(0).seq;
    for (std::uint16_t port = 6000; port < 6010; ++port) {
        bob.node->publish("bob", at_port(port));
        world->run_for(150ms);
    }
    world->run_for(10s);
    EXPECT_EQ(port_told(), 6009);
    EXPECT_EQ(bob.node->status().published.at(0).seq, seq + 1);
}

TEST_F(PublisherOverTime, a_phone_that_moves_thirty_times_in_an_hour_is_always_found_where_it_is) {
    build(24, 0);
    settle_bob_and_alice();
    for (std::uint16_t port = 6000; port < 6030; ++port) {
        bob.node->publish("bob", at_port(port));
        world->run_for(2min);
        EXPECT_EQ(port_told(), port);
    }
}

TEST_F(PublisherOverTime, after_a_crash_the_record_is_back_within_ten_seconds_with_a_higher_seq) {
    build(16, 16);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    world->run_for(10s);  // known nodes are saved
    const auto seq = bob.node->status().published.at(0).seq;
    const auto where = next_address();
    bob.node.reset();  // kill -9: nothing is said or saved
    world->run_for(500ms);
    move_in(bob, where, false);  // by the saved nodes alone
    bob.node->publish("bob", at_port(5064));
    ASSERT_TRUE(published(10s));
    EXPECT_GT(bob.node->status().published.at(0).seq, seq);
    EXPECT_EQ(port_told(), 5064);
}

TEST_F(PublisherOverTime, a_record_published_before_anybody_is_known_is_put_once_somebody_is) {
    world = std::make_unique<World>(seed, noon);
    inhabitants = 1;  // nobody lives at the meeting point yet
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    world->run_for(45s);
    EXPECT_EQ(bob.node->read_back(), 0U);
    add_neighbour();
    move_in(*neighbours.back(), address(1));
    EXPECT_TRUE(published(10s));
    EXPECT_EQ(port_told(), 5062);
}

/// A copied state, or one that was restored elsewhere: two machines with one key, each sure that the slot is
/// its own.
class OneKeyOnTwoMachines : public PublisherOverTime {
protected:
    void settle() {
        build(16, 0);
        settle_bob_and_alice();
        bob.node->publish("bob", at_port(5062));
        ASSERT_TRUE(published());
        world->run_for(5min);
        move_in(twin, next_address());
        twin.node->publish("bob", at_port(5064));
        ASSERT_TRUE(world->run_until([&] { return twin.node->read_back() == 2; }, 30s));
        ASSERT_EQ(port_told(), 5064) << "the last one has the name";
    }
    void stop(Person& person) {
        person.node->core().leave(world->now());
        world->run_for(5s);
        person.node.reset();
    }
    static std::optional<overlay::SharedIdentity> shared(const Person& person) {
        const auto published = person.node->status().published;
        return published.empty() ? std::nullopt : published.at(0).shared;
    }
    bool notices(const Person& person, std::chrono::seconds patience = 5min) {
        return world->run_until([&] { return shared(person).has_value(); }, patience);
    }
    void TearDown() override {
        twin.node.reset();
        Village::TearDown();
    }
    Person twin{1};
};

TEST_F(OneKeyOnTwoMachines, is_noticed_and_said_and_soon_both_are_called) {
    settle();
    EXPECT_FALSE(shared(bob));
    EXPECT_FALSE(bob.node->core().take_news().shared);
    ASSERT_TRUE(notices(bob, 3min));
    const auto said = bob.node->core().take_news().shared;
    ASSERT_TRUE(said);
    EXPECT_EQ(said->label, "bob");
    EXPECT_EQ(said->slot, 0);
    EXPECT_EQ(said->slot_now, 0);
    EXPECT_GE(said->met + 10, world->now().wall);
    EXPECT_EQ(said->blocks, 1U);
    EXPECT_FALSE(bob.node->core().take_news().shared) << "once";
    ASSERT_TRUE(world->run_until([&] { return port_told() == 5062; }, 30s)) << "it signs a newer one at once";
    ASSERT_TRUE(world->run_until([&] { return ask().record->edges.size() == 2; }, 15min));
    world->run_for(3h);
    EXPECT_EQ(ask().record->edges.size(), 2U);
    const auto first = shared(bob), second = shared(twin);
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->slot_now != 0 || (second && second->slot_now != 0));
    EXPECT_LE(first->blocks, 3U) << "no war of signatures";
    stop(bob);
    EXPECT_EQ(ask().record->edges, at_port(5064).edges) << "who stops withdraws his own";
}

TEST_F(OneKeyOnTwoMachines, a_machine_that_stops_after_a_move_does_not_take_the_name_along) {
    settle();
    run_to((world->now().wall / 60 + 1) * 60);  // so that its seq, a minute of the day, is another
    ASSERT_FALSE(shared(bob)) << "it has noticed nothing yet";
    stop(bob);
    ASSERT_TRUE(ask().record->edges.empty()) << "its withdrawal is newer";
    ASSERT_TRUE(notices(twin, 3min));
    EXPECT_TRUE(world->run_until([&] { return port_told() == 5064; }, 30s));
}

TEST_F(OneKeyOnTwoMachines, who_has_noticed_that_another_lives_withdraws_nothing) {
    settle();
    ASSERT_TRUE(notices(bob));
    stop(bob);
    world->run_for(10s);
    const auto told = ask();
    ASSERT_TRUE(told.record);
    EXPECT_FALSE(told.record->edges.empty());
    ASSERT_TRUE(notices(twin)) << "bob's last word was a newer one";
    EXPECT_TRUE(world->run_until([&] { return port_told() == 5064; }, 30s));
}

TEST_F(OneKeyOnTwoMachines, blocks_that_nobody_has_signed_are_no_other_machine) {
    build(0, 16);  // nodes that keep anything
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    const auto here = next_address();
    StockNode liar(*world, here, network, meeting_point(here));
    ASSERT_TRUE(world->run_until([&] { return liar.connected(); }, 10s));
    overlay::BlockParameters later{(world->now().wall / 900 + 8) * 900, 0, overlay::max_seq, {}};
    auto wire = overlay::make_block(crypto::BlindedSigner(bob.identity, bobs_today()), bobs_today(),
                                    at_port(6666), later)
                    .value();
    wire.back() ^= 1;
    for (std::uint8_t i = 0; i < 2; ++i)
        liar.put(overlay::location(bobs_today().blinded, i), overlay::DhtNode::value_type, 77, wire);
    EXPECT_FALSE(notices(bob, 10min));
}

// Seen before values carried their time: the grace ran from the
// question, and 1 lookup in 3 met one slot only.
TEST_F(PublisherOverTime, two_nodes_of_one_owner_are_united_by_their_slots) {
    for (seed = 1; seed <= 10; ++seed) {
        inhabitants = 0;
        bob.memory = {};
        build(16, 0);
        settle_bob_and_alice();
        OverlayNode::Setup setup;
        setup.address = next_address();
        setup.network = network;
        setup.bootstrap = {address(1)};
        setup.slot = 1;
        setup.locations = 2;
        MemoryInMemory memory;
        auto second = std::make_unique<OverlayNode>(*world, setup, bob.identity, memory);
        bob.node->publish("bob", at_port(5062));
        second->publish("bob", at_port(5064));
        ASSERT_TRUE(published());
        ASSERT_TRUE(world->run_until([&] { return second->read_back() == 2; }, 20s));
        EXPECT_EQ(ask().record->edges.size(), 2U) << "seed " << seed;
        second.reset();
        TearDown();
    }
}

TEST_F(PublisherOverTime, six_hundred_names_of_one_node_are_published_within_ten_minutes_by_turns) {
    build(8, 0);
    move_in(bob, next_address(), true, 0, overlay::max_locations);
    world->run_for(10s);
    constexpr unsigned names = 600;
    const auto before = bob.node->traffic().packets;
    for (unsigned i = 0; i < names; ++i)
        bob.node->publish("user" + std::to_string(i), at_port(5062));
    const auto published = [&] {
        const auto status = bob.node->status();
        return std::ranges::count_if(status.published, [](const auto& each) { return each.read_back == 2; });
    };
    std::uint64_t last = before, most = 0;
    unsigned seconds = 0;
    for (; seconds < 600 && (seconds % 10 != 0 || published() < names); ++seconds) {
        world->run_for(1s);
        most = std::max(most, bob.node->traffic().packets - last);
        last = bob.node->traffic().packets;
    }
    EXPECT_EQ(published(), names);
    EXPECT_LT(seconds, 600U);
    const auto packets = static_cast<double>(last - before) / names;
    RecordProperty("packets_per_name", std::to_string(packets));
    RecordProperty("most_packets_in_a_second", std::to_string(most));
    RecordProperty("seconds", static_cast<int>(seconds));
    std::printf("%.0f packets a name, at most %llu in a second, %u s\n", packets,
                static_cast<unsigned long long>(most), seconds);
    EXPECT_LT(packets, 300);
}

TEST(LocationsFor, the_more_names_there_are_the_fewer_locations_has_each) {
    EXPECT_EQ(overlay::locations_for(1, 8), 8);
    EXPECT_EQ(overlay::locations_for(50, 8), 8);
    EXPECT_EQ(overlay::locations_for(51, 8), 4);
    EXPECT_EQ(overlay::locations_for(10'000, 8), 2);
    EXPECT_EQ(overlay::locations_for(10'000, 1), 1);
}

}  // namespace
}  // namespace overlay_time
