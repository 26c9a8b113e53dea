// tests/overlay_time/thief_test.cpp - what somebody can do against a revocation who has the seed, or puts
// what nobody should.
#include "tests/overlay/records.hpp"
#include "tests/overlay_time/revocation.hpp"

namespace overlay_time {
namespace {

// What the storer's rule and open_tombstone() are as they are for.
TEST_F(Revocation, a_thief_can_neither_take_nor_fill_the_tombstones_place) {
    settle(24, 0);
    let_thief_in();
    for (std::uint8_t slot = 0; slot < 16; ++slot)
        put(by_thief(slot, overlay::max_seq, (world->now().wall / 900 + 8) * 900));
    world->run_for(10s);
    ASSERT_GT(refused_by_storers(Errc::quota), 0U) << "the key is full";
    std::vector<Person*> full;
    for (const auto& neighbour : neighbours)
        if (held_by(*neighbour) >= 8) full.push_back(neighbour.get());
    ASSERT_GE(full.size(), 4U);
    revoke(tombstones());
    EXPECT_TRUE(revocation_is_out());
    EXPECT_TRUE(call().revoked);
    // Each publisher puts at the eight nodes that are nearest for all it knows: not quite the same ones.
    const auto both = std::ranges::count_if(full, [this](const auto* each) { return held_by(*each) == 9; });
    EXPECT_GE(both, 6);
}

TEST_F(Revocation, a_block_that_only_looks_like_a_tombstone_revokes_as_well) {
    settle(24, 0);
    let_thief_in();
    put(by_thief(0, 0, boundary));  // contacts inside: storers keep it, and will refuse ours beside it
    world->run_for(10s);
    const auto answer = call();
    EXPECT_TRUE(answer.revoked) << "the thief has revoked the key for us";
    EXPECT_TRUE(answer.record->edges.empty());
}

TEST_F(Revocation, storers_keep_nothing_else_that_expires_so_late) {
    settle(24, 0);
    put(by_thief(1, 0, boundary));
    put(by_thief(0, 1, boundary));
    put(by_thief(0, 0, boundary - 900));
    put(by_thief(0, 0, boundary + overlay::epoch_length));
    world->run_for(20s);
    hand.reset();  // it keeps what it puts
    world->run_for(10s);
    EXPECT_GE(refused_by_storers(Errc::bad_expiry), 4U);
    for (const auto& neighbour : neighbours)
        EXPECT_EQ(neighbour->node->status().stored_values, 0U);
    EXPECT_FALSE(ask().revoked);
}

TEST_F(Revocation, callers_refuse_what_only_careless_nodes_would_keep) {
    settle(0, 24);  // nodes that keep anything
    put(by_thief(1, 0, boundary));
    put(by_thief(0, 1, boundary));
    put(by_thief(0, 0, boundary + overlay::epoch_length));
    auto changed = tombstones(epoch, 1).front();
    changed.back() ^= 1;
    put(changed);
    put(tombstones(epoch + 1, 1).front());
    const auto stranger = identity_of(99);
    put(overlay::make_tombstone(stranger, epoch, 0, {})->block);
    world->run_for(20s);
    const auto answer = ask();
    EXPECT_FALSE(answer.revoked);
    EXPECT_TRUE(alice.memory.revoked.empty());
    const auto refused = [&](Errc why) {
        return std::ranges::any_of(answer.values,
                                   [&](const auto& v) { return v.tombstone && v.refused == why; });
    };
    EXPECT_TRUE(refused(Errc::no_tombstone));
    EXPECT_TRUE(refused(Errc::bad_expiry));
    EXPECT_TRUE(refused(Errc::bad_signature));
    EXPECT_TRUE(refused(Errc::wrong_key));
    put(tombstones(epoch, 1).front());
    world->run_for(20s);
    EXPECT_TRUE(ask().revoked) << "the true one among them";
}

TEST_F(Revocation, a_stolen_certified_node_can_neither_give_the_name_away_nor_end_it) {
    settle(24, 0);
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    const auto stolen = identity_of(77);
    const auto say = [&](Kind kind, overlay::UnixSeconds issued_at, std::uint16_t seq) {
        overlay::InnerRecord record;
        record.kind = kind;
        record.issued_at = issued_at;
        record.target = stolen.public_key();
        const overlay::BlockParameters parameters{(world->now().wall / 900 + 8) * 900, 1, seq, {}};
        put_at(bobs_today().blinded, overlay::testing_records::by_stolen_node(
                                         bob.identity, stolen, bobs_today(), record, parameters));
        world->run_for(20s);
    };
    constexpr overlay::UnixSeconds ten_years = 3650 * day;
    for (const auto& [kind, ahead] : {std::pair{Kind::delegation, ten_years},
                                      {Kind::delegation, 0},
                                      {Kind::tombstone, ten_years},
                                      {Kind::tombstone, 0},
                                      {Kind::contacts, ten_years}}) {
        static std::uint16_t seq = 1000;
        say(kind, world->now().wall + ahead, seq++);
        const auto answer = ask();
        ASSERT_TRUE(answer.record);
        EXPECT_EQ(answer.record->kind, Kind::contacts);
        EXPECT_EQ(answer.record->target, std::nullopt);
        EXPECT_TRUE(answer.by_owner);
        EXPECT_EQ(port_told(), 5062);
    }
    const auto refused = alice.node->status().refused_as_caller;
    EXPECT_GE(refused[static_cast<std::size_t>(Errc::beyond_certificate)], 4U);
    EXPECT_GE(refused[static_cast<std::size_t>(Errc::from_the_future)], 1U);
    say(Kind::contacts, world->now().wall, 1100);
    const auto both = ask();
    EXPECT_TRUE(both.by_owner) << "contacts of a certified node stand beside the owner's";
    EXPECT_EQ(both.record->target, std::nullopt);
}

// What the owner's own node publishes for its labels, once it was told that its key is revoked.
TEST_F(Revocation, a_names_own_tombstone_says_where_its_owner_moved_and_cannot_be_rolled_back) {
    settle(24, 0);
    bob.node->publish("bob", at_port(5062));
    ASSERT_TRUE(published());
    ASSERT_EQ(port_told(), 5062);
    overlay::InnerRecord moved;
    moved.kind = Kind::tombstone;
    moved.target = friendly.key();
    bob.node->publish("bob", moved);
    world->run_for(15s);
    const auto expect_moved = [&] {
        const auto answer = ask();
        ASSERT_TRUE(answer.record);
        EXPECT_EQ(answer.record->kind, Kind::tombstone);
        EXPECT_EQ(answer.record->target, friendly.key());
        EXPECT_FALSE(answer.revoked) << "of the name, not of the key";
    };
    expect_moved();
    overlay::BlockParameters older{(world->now().wall / 900 + 8) * 900, 0, 1, {}};
    put_at(bobs_today().blinded, overlay::make_block(crypto::BlindedSigner(bob.identity, bobs_today()),
                                                     bobs_today(), at_port(5062), older)
                                     .value());
    world->run_for(20s);
    expect_moved();
    EXPECT_GT(alice.node->status().refused_as_caller[static_cast<std::size_t>(Errc::rolled_back)], 0U);
    for (int i = 0; i < 24; ++i) {
        world->run_for(1h);
        expect_moved();
    }
    bob.node->core().leave(world->now());
    world->run_for(10s);
    bob.node.reset();
    expect_moved();  // leaving is no withdrawal of it
    revoke(tombstones());
    ASSERT_TRUE(revocation_is_out());
    const auto both = ask();
    EXPECT_TRUE(both.revoked);
    EXPECT_EQ(both.record->target, friendly.key());
}

}  // namespace
}  // namespace overlay_time
