// tests/overlay_time/storer_test.cpp - what a node keeps for others, and how much of it.
#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

std::uint64_t over_quota(const OverlayNode& node) {
    return node.status().refused_as_storer[static_cast<std::size_t>(Errc::quota)];
}

/// One storer of ours, and strangers who put whatever they are told to.
class Storer : public Village {
protected:
    void build_storer(std::uint32_t net, std::size_t bytes_per_source) {
        world = std::make_unique<World>(seed, noon);
        OverlayNode::Setup setup;
        setup.address = address(1);
        setup.network = net;
        setup.store_bytes_per_source = bytes_per_source;
        alice.node = std::make_unique<OverlayNode>(*world, setup, alice.identity, alice.memory);
    }
    std::unique_ptr<StockNode> stranger(const Endpoint& where, std::uint32_t net) {
        auto node = std::make_unique<StockNode>(*world, where, net, std::vector{address(1)});
        EXPECT_TRUE(world->run_until([&] { return node->connected(); }, 10s));
        return node;
    }
    void put_some(StockNode& from, int count, std::uint16_t type, std::uint8_t series) {
        for (int i = 0; i < count; ++i) {
            overlay::Location key{series, static_cast<std::uint8_t>(i), 1};
            from.put(key, type, static_cast<std::uint64_t>(i) + 1, std::vector<std::uint8_t>(400));
            world->run_for(1s);
        }
        world->run_for(5s);
    }
    std::size_t stored() const { return alice.node->status().stored_values; }
};

TEST_F(Storer, keeps_other_types_on_the_public_network_within_the_quota_of_their_source) {
    build_storer(0, 6000);
    auto one = stranger(address(2), 0);
    auto same_host = stranger(address(2, "10.0.0.0", 4223), 0);
    put_some(*one, 20, 3, 1);
    const auto kept = stored();
    EXPECT_GE(kept, 8U);
    EXPECT_LE(kept, 12U);
    put_some(*same_host, 5, 3, 2);
    EXPECT_EQ(stored(), kept) << "another port of the same address";
    EXPECT_GT(over_quota(*alice.node), 0U);
    auto other = stranger(address(3), 0);
    put_some(*other, 5, 3, 3);
    EXPECT_EQ(stored(), kept + 5);
    // Ten minutes later they are gone, and there is room again.
    world->run_for(20min);
    EXPECT_EQ(stored(), 0U);
    put_some(*one, 5, 3, 4);
    EXPECT_EQ(stored(), 5U);
    one.reset(), same_host.reset(), other.reset();
}

TEST_F(Storer, who_listens_at_a_thousand_keys_is_refused_most_and_others_are_not) {
    build_storer(0, 1U << 20U);
    auto greedy = stranger(address(2), 0);
    auto other = stranger(address(3), 0);
    for (unsigned i = 0; i < 1000; ++i) {
        greedy->listen({7, static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i)});
        if (i % 20 == 0) world->run_for(100ms);
    }
    world->run_for(30s);
    EXPECT_LE(alice.node->status().listens_kept, 512U);
    EXPECT_GE(alice.node->status().listens_kept, 400U);
    EXPECT_GT(alice.node->status().listens_refused, 0U);
    for (std::uint8_t i = 0; i < 20; ++i)
        other->listen({8, i});
    put_some(*other, 5, 3, 9);
    EXPECT_GE(alice.node->status().listens_kept, 420U);
    EXPECT_EQ(stored(), 5U);
    greedy.reset(), other.reset();
}

TEST_F(Storer, a_key_holds_few_values_of_each_guest) {
    build_storer(0, 1U << 20U);
    auto one = stranger(address(2), 0);
    auto same_host = stranger(address(2, "10.0.0.0", 4223), 0);
    auto other = stranger(address(3), 0);
    std::uint64_t id = 0;
    const auto fill = [&](StockNode& from) {
        for (int i = 0; i < 20; ++i) {
            from.put({1, 2, 3}, 3, ++id, std::vector<std::uint8_t>(100));
            world->run_for(500ms);
        }
        world->run_for(5s);
    };
    fill(*one), fill(*same_host);
    EXPECT_EQ(stored(), 8U);
    fill(*other);
    EXPECT_EQ(stored(), 16U);
    one.reset(), same_host.reset(), other.reset();
}

TEST_F(Storer, keeps_no_other_type_on_a_private_network) {
    build_storer(network, 1U << 20U);
    auto one = stranger(address(2), network);
    put_some(*one, 5, 3, 1);
    EXPECT_EQ(stored(), 0U);
    EXPECT_GE(alice.node->status().refused_as_storer[static_cast<std::size_t>(Errc::wrong_type)], 5U);
    one.reset();
}

TEST_F(Storer, the_ninth_version_of_a_record_pushes_the_oldest_out) {
    build_storer(network, 1U << 20U);
    auto one = stranger(address(2), network);
    const auto blinding = bobs_today();
    std::uint64_t last_id = 0;
    for (std::uint16_t seq = 700; seq < 720; ++seq) {
        overlay::BlockParameters parameters;
        parameters.seq = seq;
        parameters.expires = (world->now().wall / 900 + 8) * 900;
        world->roll(parameters.nonce);
        const auto wire = overlay::make_block(crypto::BlindedSigner(bob.identity, blinding), blinding,
                                              at_port(seq), parameters)
                              .value();
        last_id = overlay::value_id(overlay::parse_block(wire)->signature);
        one->put(overlay::location(blinding.blinded, 0), overlay::DhtNode::value_type, last_id, wire);
        world->run_for(10s);
    }
    EXPECT_EQ(stored(), 8U);
    one.reset();
    // The storer itself answers, as nobody else holds anything now.
    bool newest = false;
    auto other = std::make_unique<Person>(std::uint8_t{7});
    move_in(*other, address(9));
    world->run_for(5s);
    const auto answer = other->node->resolve(bob.key(), "bob");
    if (answer.record) newest = answer.record->edges.at(0).addresses.at(0).port == 719;
    EXPECT_TRUE(newest);
    other.reset();
}

TEST_F(Storer, a_block_under_an_id_that_is_not_its_own_is_refused) {
    build_storer(network, 1U << 20U);
    auto one = stranger(address(2), network);
    const auto blinding = bobs_today();
    overlay::BlockParameters parameters;
    parameters.seq = 700;
    parameters.expires = (world->now().wall / 900 + 8) * 900;
    const auto wire =
        overlay::make_block(crypto::BlindedSigner(bob.identity, blinding), blinding, at_port(1), parameters)
            .value();
    one->put(overlay::location(blinding.blinded, 0), overlay::DhtNode::value_type, 42, wire);
    world->run_for(5s);
    EXPECT_EQ(stored(), 0U);
    one.reset();
}

}  // namespace
}  // namespace overlay_time
