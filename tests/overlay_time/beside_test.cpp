// tests/overlay_time/beside_test.cpp - whole nodes that hear each other: what a village saves the DHT, and
// what it may not be believed.
#include "overlay/tombstone.hpp"
#include "simulations/air.hpp"
#include "tests/overlay/records.hpp"
#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

using simulations::Air;
using simulations::Mesh;

class Beside : public Village {
protected:
    /// Two radios beside each other, or a line of more; nobody is told of anybody.
    void radios(unsigned count) {
        simulations::Random shape(1);
        auto mesh = std::make_unique<Mesh>(Mesh::Shape::line, count, Mesh::Radio{2ms, 5ms, 0, 0, 1000},
                                           address(1).address().to_v4(), shape);
        auto air_ = std::make_unique<Air>(std::move(mesh), Air::Config{1000, 4222, false});
        air = air_.get();
        world = std::make_unique<World>(seed, noon, std::move(air_));
    }
    void live_at(Person& person, unsigned number) {
        OverlayNode::Setup setup;
        setup.address = address(number);
        setup.network = network;
        setup.village = true;
        person.node = std::make_unique<OverlayNode>(*world, setup, person.identity, person.memory);
    }
    void bob_and_alice() {
        radios(2);
        live_at(bob, 1);
        live_at(alice, 2);
    }
    [[nodiscard]] int port_of(const overlay::ResolveAnswer& answer) const {
        if (!answer.record || answer.record->edges.empty()) return 0;
        return answer.record->edges.front().addresses.front().port;
    }
    std::vector<std::uint8_t> bobs_tombstone() const {
        const auto epoch = overlay::epoch_of(world->now().wall);
        return overlay::make_tombstone(bob.identity, epoch, world->now().wall,
                                       overlay::testing_records::counting_from<24>(0))
            .value()
            .block;
    }
    Air* air = nullptr;
};

TEST_F(Beside, two_fresh_nodes_find_each_other_within_a_second_and_need_no_dht) {
    bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    world->run_for(1s);
    const auto before = air->figures().bytes;
    const auto answer = call();
    EXPECT_EQ(port_of(answer), 5060);
    EXPECT_EQ(answer.elapsed, 0ms);
    EXPECT_EQ(air->figures().bytes, before) << "nothing is sent";
    EXPECT_EQ(alice.node->status().village.answers, 1U);
    world->run_for(10min);
    EXPECT_TRUE(alice.node->lonely() && bob.node->lonely()) << "the DHT is quiet";
}

TEST_F(Beside, a_call_that_comes_before_the_record_is_answered_when_that_comes) {
    bob_and_alice();
    world->run_for(5s);
    bob.node->publish("bob", at_port(5060));
    const auto answer = call();
    EXPECT_EQ(port_of(answer), 5060);
    EXPECT_GT(answer.elapsed, 200ms);
    EXPECT_LT(answer.elapsed, 500ms);
}

TEST_F(Beside, at_rest_a_node_says_less_than_two_bytes_a_second) {
    bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    world->run_for(20min);
    const auto before = air->figures().bytes;
    world->run_for(60min);
    EXPECT_LT(air->figures().bytes - before, 2U * 2U * 3600U) << "beacons, and a record signed anew";
}

TEST_F(Beside, what_changes_is_known_at_once_and_so_is_who_stops) {
    bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    world->run_for(5s);
    ASSERT_EQ(port_of(call()), 5060);
    bob.node->publish("bob", at_port(5070));
    world->run_for(3s);
    EXPECT_EQ(port_of(call()), 5070) << "what is remembered does not stand before it";
    bob.node->core().leave(world->now());
    EXPECT_TRUE(world->run_until([this] { return bob.node->core().gone(); }, 2s));
    world->run_for(500ms);
    EXPECT_EQ(port_of(call()), 0);
}

TEST_F(Beside, a_tombstone_that_a_neighbour_holds_ends_the_key_without_the_dht) {
    bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    world->run_for(5s);
    ASSERT_EQ(port_of(call()), 5060);
    bob.node->core().publish_tombstones({bobs_tombstone()}, world->now());
    world->run_for(2s);
    const auto answer = call();
    EXPECT_TRUE(answer.revoked);
    EXPECT_EQ(answer.record->kind, overlay::Kind::tombstone);
}

TEST_F(Beside, the_owners_other_node_is_found_and_both_are_united) {
    radios(3);
    live_at(bob, 1);
    live_at(alice, 3);
    Person second(1);  // Bob's other node
    OverlayNode::Setup setup;
    setup.address = address(2);
    setup.network = network;
    setup.village = true;
    setup.slot = 3;
    second.node = std::make_unique<OverlayNode>(*world, setup, second.identity, second.memory);
    bob.node->publish("bob", at_port(5060));
    second.node->publish("bob", at_port(5090));
    world->run_for(5s);
    const auto answer = call();
    ASSERT_TRUE(answer.record);
    EXPECT_EQ(answer.record->edges.size(), 2U);
    second.node.reset();
}

TEST_F(Beside, an_old_record_is_no_answer_while_others_may_have_a_newer_one) {
    bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    world->run_for(5s);
    bob.node.reset();  // the power is gone
    world->run_for(70min);
    const auto answer = call();
    EXPECT_EQ(port_of(answer), 5060) << "but it is better than none";
    EXPECT_GT(answer.elapsed, 500ms);
    EXPECT_EQ(alice.node->status().village.answers, 0U);
    world->run_for(70min);
    EXPECT_EQ(port_of(call()), 0) << "expired";
    EXPECT_EQ(alice.node->status().village.blocks, 0U);
}

TEST_F(Beside, ten_hops_away_everybody_is_known_in_a_few_seconds) {
    radios(11);
    live_at(bob, 1);
    for (unsigned i = 2; i < 11; ++i) {
        add_neighbour();
        live_at(*neighbours.back(), i);
    }
    live_at(alice, 11);
    bob.node->publish("bob", at_port(5060));
    world->run_for(4s);
    EXPECT_EQ(port_of(call()), 5060);
}

}  // namespace
}  // namespace overlay_time
