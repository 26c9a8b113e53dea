// tests/overlay_time/revocation.hpp - a village in which bob's key is given up.
#pragma once

#include <algorithm>

#include "overlay/tombstone.hpp"
#include "tests/overlay_time/village.hpp"

namespace overlay_time {

using overlay::Kind;
using Wire = std::vector<std::uint8_t>;

inline constexpr std::uint32_t epoch = overlay::epoch_of(noon);
inline constexpr overlay::UnixSeconds boundary = overlay::epoch_end(epoch);

inline bool met_a_tombstone(const overlay::ResolveAnswer& answer) {
    return std::ranges::any_of(answer.values, [](const auto& v) { return v.tombstone && !v.refused; });
}

/// Bob made tombstones when his key was new, and gave them to a friend. Then the seed was stolen.
class Revocation : public Village {
protected:
    Person friendly{4};
    std::unique_ptr<Person> thief;
    std::unique_ptr<StockNode> hand;  // the thief's: puts anything

    void TearDown() override {
        thief.reset();
        hand.reset();
        friendly.node.reset();
        Village::TearDown();
    }
    void settle(unsigned knowing, unsigned stock, overlay::UnixSeconds start = noon,
                World::Links links = World::Links{}) {
        build(knowing, stock, start, links);
        settle_bob_and_alice();
        move_in(friendly, next_address());
    }
    void let_thief_in() {
        thief = std::make_unique<Person>(std::uint8_t{1});  // bob's seed
        move_in(*thief, next_address());
        thief->node->publish("bob", at_port(6666));
        ASSERT_TRUE(world->run_until([&] { return thief->node->read_back() == 2; }, 30s));
    }
    std::vector<Wire> tombstones(std::uint32_t first = epoch, std::uint32_t count = 81) const {
        const auto random = [this](std::span<std::uint8_t> out) { world->roll(out); };
        std::vector<Wire> blocks;
        auto made = overlay::make_tombstones(bob.identity, first, count, random).value();
        for (auto& each : made)
            blocks.push_back(std::move(each.block));
        return blocks;
    }
    void revoke(std::vector<Wire> blocks) {
        friendly.node->core().publish_tombstones(std::move(blocks), world->now());
    }
    bool revocation_is_out() {
        return world->run_until(
            [&] {
                const auto status = friendly.node->status();
                return !status.tombstones.empty() && status.tombstones.front().read_back == 2;
            },
            60s);
    }
    crypto::Blinding revocation(std::uint32_t q = epoch) const {
        return overlay::revocation_blinding(bob.key(), q).value();
    }
    void put(const Wire& wire) { put_at(revocation().blinded, wire); }
    void put_at(const crypto::PublicKey& blinded, const Wire& wire) {
        if (!hand) {
            const auto here = next_address();
            hand = std::make_unique<StockNode>(*world, here, network, meeting_point(here));
            ASSERT_TRUE(world->run_until([&] { return hand->connected(); }, 10s));
        }
        const auto id = overlay::value_id(overlay::parse_block(wire)->signature);
        for (std::uint8_t i = 0; i < 2; ++i)
            hand->put(overlay::location(blinded, i), overlay::DhtNode::value_type, id, wire);
    }
    Wire by_thief(std::uint8_t slot, std::uint16_t seq, overlay::UnixSeconds expires) {
        overlay::BlockParameters parameters{expires, slot, seq, {}};
        world->roll(parameters.nonce);
        return overlay::make_block(crypto::BlindedSigner(bob.identity, revocation()), revocation(),
                                   at_port(6666), parameters)
            .value();
    }
    // Values at the tombstone's first location.
    std::size_t held_by(const Person& person) const {
        const auto place = overlay::location(revocation().blinded, 0);
        const auto stored = person.node->core().stored();
        return static_cast<std::size_t>(
            std::ranges::count(stored, place, &overlay::DhtNode::Stored::location));
    }
    std::uint64_t refused_by_storers(Errc why) const {
        std::uint64_t all = 0;
        for (const auto& neighbour : neighbours)
            all += neighbour->node->status().refused_as_storer[static_cast<std::size_t>(why)];
        return all;
    }
};

}  // namespace overlay_time
