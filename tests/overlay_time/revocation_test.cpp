// tests/overlay_time/revocation_test.cpp - a key is given up with words that were signed years before: who
// learns of it, when, and for how long.
#include <set>

#include "tests/overlay_time/revocation.hpp"

namespace overlay_time {
namespace {

TEST_F(Revocation, is_found_by_callers_while_a_thief_with_the_seed_goes_on_publishing) {
    settle(24, 6);
    let_thief_in();
    EXPECT_EQ(port_told(), 6666) << "until the word is out";
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    for (std::uint16_t port = 6700; port < 6706; ++port) {
        thief->node->publish("bob", at_port(port));
        world->run_for(20min);
        Person caller{77};  // somebody new each time
        move_in(caller, next_address());
        world->run_for(10s);
        const auto answer = caller.node->resolve(bobs_name(), false);
        EXPECT_EQ(answer.outcome, Outcome::found);
        EXPECT_TRUE(answer.revoked);
        ASSERT_TRUE(answer.record);
        EXPECT_EQ(answer.record->kind, Kind::tombstone);
        EXPECT_TRUE(answer.record->edges.empty());
        EXPECT_EQ(caller.memory.revoked.size(), 1U);
        caller.node.reset();
    }
    const auto& shown = friendly.node->status();
    EXPECT_EQ(shown.tombstones.size(), 1U);
    EXPECT_EQ(shown.tombstones.front().blinded, revocation().blinded);
    EXPECT_EQ(shown.tombstones.front().expires, boundary);
    EXPECT_EQ(shown.later_tombstones, 80U);
    EXPECT_TRUE(shown.published.empty());
}

TEST_F(Revocation, of_a_key_counts_for_all_its_names_also_unlisted_ones) {
    settle(24, 0);
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    EXPECT_TRUE(alice.node->resolve({bob.key(), {}, "somebody"}, false).revoked);
    Person caller{77};
    move_in(caller, next_address());
    world->run_for(10s);
    EXPECT_TRUE(caller.node->resolve({bob.key(), Wire(16, 9), "bob"}, false).revoked);
    EXPECT_FALSE(alice.node->resolve({friendly.key(), {}, "friend"}).revoked) << "and for no other key";
    caller.node.reset();
}

TEST_F(Revocation, is_remembered_for_ever_once_seen) {
    settle(16, 0);
    let_thief_in();
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    ASSERT_TRUE(call().revoked);
    friendly.node.reset();
    world->run_for(4h);  // nobody holds it any more
    const auto lookups = alice.node->status().lookups;
    const auto known = call();
    EXPECT_TRUE(known.revoked);
    EXPECT_TRUE(known.from_cache);
    EXPECT_EQ(known.record->kind, Kind::tombstone);
    EXPECT_EQ(alice.node->status().lookups, lookups + 1);
    alice.node.reset();
    move_in(alice, next_address());
    world->run_for(10s);
    EXPECT_TRUE(call().revoked) << "after a restart";
    const auto asked = ask();
    EXPECT_TRUE(asked.revoked) << "also by who asks everybody anew";
    EXPECT_FALSE(met_a_tombstone(asked));
    EXPECT_EQ(asked.record->kind, Kind::tombstone);
}

TEST_F(Revocation, signed_twenty_years_ago_is_good_in_the_last_of_its_epochs) {
    const auto last = epoch + 80;
    settle(16, 0, overlay::epoch_end(last) - 40 * day);
    let_thief_in();
    revoke(tombstones(epoch, 81));
    ASSERT_TRUE(revocation_is_out());
    EXPECT_TRUE(call().revoked);
    EXPECT_EQ(friendly.node->status().later_tombstones, 0U) << "those of the epochs before are let go";
}

TEST_F(Revocation, is_found_at_any_moment_around_the_end_of_an_epoch) {
    settle(20, 10, boundary - 3 * 3600);
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    int asked = 0, met = 0;
    while (world->now().wall < boundary + 3 * 3600) {
        world->run_for(61s);
        ++asked;
        if (met_a_tombstone(ask())) ++met;  // in the network, whatever alice remembers
    }
    EXPECT_EQ(met, asked);
    EXPECT_EQ(friendly.node->status().tombstones.front().epoch, epoch + 1);
}

TEST_F(Revocation, of_the_epoch_before_is_found_while_it_lasts) {
    settle(20, 0, boundary - 3600);
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    run_to(boundary - 900);
    friendly.node.reset();  // and nobody puts the next one
    run_to(boundary + 3600);
    EXPECT_TRUE(call().revoked);
}

TEST_F(Revocation, of_the_epoch_to_come_is_found_when_its_publishers_clock_is_ahead) {
    settle(0, 20, boundary - 3600);  // nodes that keep it, as its storers' clocks may be
    const auto next = tombstones(epoch + 1, 1).front();
    put_at(revocation(epoch + 1).blinded, next);
    world->run_for(20s);
    EXPECT_TRUE(call().revoked);
}

TEST_F(Revocation, is_put_again_before_nodes_that_do_not_know_its_type_forget_it) {
    settle(0, 24);
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    std::ptrdiff_t holders = 24;
    for (int minute = 0; minute < 240; ++minute) {
        world->run_for(61s);
        holders = std::min(holders, std::ranges::count_if(stocks, [&](const auto& node) {
                               return node->holds(overlay::location(revocation().blinded, 0)) > 0;
                           }));
    }
    EXPECT_GE(holders, 4);
}

TEST_F(Revocation, is_put_as_soon_as_a_publisher_that_was_alone_meets_somebody) {
    world = std::make_unique<World>(seed, noon);
    inhabitants = 1;  // nobody lives at the meeting point yet
    settle_bob_and_alice();
    move_in(friendly, next_address());
    revoke(tombstones());
    world->run_for(30s);
    EXPECT_EQ(friendly.node->status().tombstones.at(0).read_back, 0U);
    add_neighbour();
    move_in(*neighbours.back(), address(1));
    EXPECT_TRUE(revocation_is_out());
}

TEST_F(Revocation, a_key_that_was_good_is_not_asked_about_again_for_six_hours) {
    settle(24, 0);
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    const auto first = call();
    EXPECT_FALSE(first.revoked);
    EXPECT_EQ(std::ranges::count_if(first.asked, &overlay::AskedLocation::tombstone), 2);
    world->run_for(2min);
    const auto second = call();
    EXPECT_FALSE(second.from_cache);
    EXPECT_EQ(std::ranges::count_if(second.asked, &overlay::AskedLocation::tombstone), 0);
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    world->run_for(5h);
    EXPECT_FALSE(call().revoked);
    world->run_for(1h);
    call();  // the record's answer may be quicker, but the search goes on
    world->run_for(10s);
    EXPECT_TRUE(call().revoked);
}

TEST_F(Revocation, who_asks_anew_is_told_within_those_six_hours) {
    settle(24, 0);
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    ASSERT_FALSE(call().revoked);
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    EXPECT_TRUE(ask().revoked);
}

TEST_F(Revocation, that_comes_after_the_answer_is_there_for_the_next_call) {
    int late = 0;
    for (seed = 1; seed <= 40; ++seed) {
        inhabitants = 0;
        settle(16, 0, noon, {10ms, 1200ms, 0});
        let_thief_in();
        revoke(tombstones());
        ASSERT_TRUE(revocation_is_out());
        const auto first = call();
        if (!first.revoked) {
            ++late;
            EXPECT_LT(first.elapsed, 4s);
            world->run_for(10s);
        }
        EXPECT_TRUE(call().revoked) << "seed " << seed;
        TearDown();
        bob.memory = alice.memory = friendly.memory = {};
    }
    RecordProperty("late", late);
    EXPECT_GT(late, 0) << "else this test has seen nothing";
}

TEST_F(Revocation, a_key_is_not_held_to_be_good_when_nobody_answered) {
    settle(16, 0);
    world->run_for(60s);
    friendly.node.reset();
    bob.node.reset();
    neighbours.clear();
    EXPECT_EQ(call().outcome, Outcome::deadline);
    world->run_for(2min);
    add_neighbour();
    move_in(*neighbours.back(), address(1));
    world->run_for(60s);
    const auto answer = call();
    EXPECT_EQ(std::ranges::count_if(answer.asked, &overlay::AskedLocation::tombstone), 2);
}

TEST_F(Revocation, tells_what_was_asked_and_what_was_met) {
    settle(24, 0);
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    const auto answer = ask();
    ASSERT_EQ(answer.asked.size(), 4U);
    for (const auto& asked : answer.asked) {
        EXPECT_TRUE(asked.ended && asked.answered);
        EXPECT_EQ(asked.values, 1U);
        const auto blinding = asked.tombstone ? revocation() : bobs_today();
        EXPECT_EQ(asked.period, blinding.period);
        EXPECT_EQ(asked.info_hash, overlay::to_hex(overlay::location(blinding.blinded, asked.location)));
        EXPECT_EQ(asked.info_hash.size(), 40U);
    }
    ASSERT_EQ(answer.values.size(), 4U);
    for (const auto& value : answer.values) {
        EXPECT_FALSE(value.refused);
        EXPECT_TRUE(std::ranges::any_of(answer.asked, [&](const auto& asked) {
            return asked.info_hash == value.info_hash && asked.tombstone == value.tombstone;
        }));
        if (!value.tombstone) {
            EXPECT_LE(world->now().wall - value.issued_at, 300U);
        }
    }
}

// Who would hide a tombstone from everybody has to win all its locations.
TEST_F(Revocation, is_asked_for_at_the_first_location_and_at_one_more_that_differs_from_node_to_node) {
    settle(8, 0);
    std::set<std::uint8_t> others;
    for (std::uint8_t i = 0; i < 8; ++i) {
        Person caller{static_cast<std::uint8_t>(70 + i)};
        move_in(caller, next_address(), true, 0, overlay::max_locations);
        world->run_for(10s);
        std::vector<std::uint8_t> places;
        for (const auto& asked : caller.node->resolve(bobs_name(), false).asked)
            if (asked.tombstone) places.push_back(asked.location);
        ASSERT_EQ(places.size(), 2U);
        EXPECT_EQ(places[0], 0);
        others.insert(places[1]);
        caller.node.reset();
    }
    EXPECT_FALSE(others.contains(0));
    EXPECT_GE(others.size(), 3U);
}

TEST_F(Revocation, its_searches_count_against_the_hours_budget) {
    settle(16, 0);
    const auto searches = [&](std::uint8_t first, int count) {
        int answered = 0;
        for (int i = 0; i < count; ++i) {
            const auto owner = identity_of(static_cast<std::uint8_t>(first + i)).public_key();
            answered += alice.node->resolve({owner, {}, "nobody"}).outcome == Outcome::none;
        }
        return answered;
    };
    alice.node.reset();
    OverlayNode::Setup setup;
    setup.address = next_address();
    setup.network = network;
    setup.bootstrap = {address(1)};
    setup.searches_per_hour = 40;
    setup.locations = 2;
    alice.node = std::make_unique<OverlayNode>(*world, setup, alice.identity, alice.memory);
    world->run_for(10s);
    // Two locations of a name and two of its key's tombstone each.
    EXPECT_EQ(searches(100, 20), 10);
}

}  // namespace
}  // namespace overlay_time
