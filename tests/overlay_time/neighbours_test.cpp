// tests/overlay_time/neighbours_test.cpp - what a node does with neighbours that its beacon has found.
#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

class OneHouse : public Village {
protected:
    const Endpoint bobs_place = address(21, "10.1.1.0"), alices_place = address(20, "10.1.1.0");
};

TEST_F(OneHouse, two_nodes_who_know_nobody_else_meet_and_find_each_other) {
    world = std::make_unique<World>(seed, noon, World::Links{});
    move_in(bob, bobs_place, false);
    move_in(alice, alices_place, false);
    bob.node->publish("bob", at_port(5060));
    world->run_for(10s);
    ASSERT_TRUE(alice.node->lonely() && bob.node->lonely());
    alice.node->set_neighbours({bobs_place});
    bob.node->set_neighbours({alices_place});
    EXPECT_TRUE(world->run_until([this] { return !alice.node->lonely() && !bob.node->lonely(); }, 3s));
    EXPECT_TRUE(published());
    EXPECT_EQ(port_told(), 5060);
}

TEST_F(OneHouse, a_neighbours_names_are_found_past_the_DHT_while_nobody_else_answers) {
    build(8, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    ASSERT_TRUE(published());
    alice.node->set_neighbours({bob.node->setup().address});
    neighbours.clear();  // the Internet is gone
    const auto answer = call();
    ASSERT_TRUE(answer.record);
    EXPECT_LT(answer.elapsed, 1s) << "it is the neighbour who says it";
}

TEST_F(OneHouse, a_neighbour_who_is_none_costs_a_few_datagrams_and_no_lookup) {
    build(8, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    ASSERT_TRUE(published());
    std::vector<Endpoint> made_up;
    for (unsigned i = 0; i < 200; ++i)
        made_up.push_back(address(100 + i, "10.9.9.0"));
    const auto before = alice.node->traffic().bytes;
    alice.node->set_neighbours(made_up);
    world->run_for(10s);
    EXPECT_LT(alice.node->traffic().bytes - before, 8U * 3U * 400U + 20'000U)
        << "eight are pinged, thrice each";
    EXPECT_EQ(port_told(), 5060);
}

}  // namespace
}  // namespace overlay_time
