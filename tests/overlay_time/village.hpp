// tests/overlay_time/village.hpp - a virtual world with a few dozen nodes, a publisher and a caller.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "overlay/block.hpp"
#include "simulations/overlay_node.hpp"
#include "simulations/stock_node.hpp"
#include "tests/overlay/memory_in_memory.hpp"

namespace overlay_time {

using namespace std::chrono_literals;
using overlay::Errc;
using overlay::Outcome;
using simulations::Endpoint;
using simulations::OverlayNode;
using simulations::StockNode;
using simulations::World;

inline constexpr std::uint32_t network = 4711;
inline constexpr overlay::UnixSeconds day = 86400;
inline constexpr overlay::UnixSeconds midnight = 20000 * day;
inline constexpr overlay::UnixSeconds noon = midnight + day / 2;

inline Endpoint address(unsigned number, const char* net = "10.0.0.0", std::uint16_t port = 4222) {
    const auto base = asio::ip::make_address_v4(net).to_uint();
    return {asio::ip::address_v4(base + number), port};
}

inline overlay::InnerRecord at_port(std::uint16_t port) {
    overlay::InnerRecord record;
    record.edges.push_back({{}, {{overlay::Transport::udp, asio::ip::make_address("192.0.2.7"), port}}});
    return record;
}

inline crypto::Identity identity_of(std::uint8_t number) {
    crypto::Bytes<32> seed{};
    seed[0] = number;
    return crypto::Identity::from_seed(crypto::Seed(seed));
}

/// Somebody with an identity and a memory that outlive the node, as a data folder does.
struct Person {
    explicit Person(std::uint8_t number) : identity(identity_of(number)) {}

    crypto::Identity identity;  // the same in every run, as is all else
    MemoryInMemory memory;
    std::unique_ptr<OverlayNode> node;

    [[nodiscard]] const crypto::PublicKey& key() const { return identity.public_key(); }
};

class Village : public testing::Test {
protected:
    /// `knowing` nodes of ours, then `stock` ones that do not know our type; all meet at the first.
    void build(unsigned knowing, unsigned stock, overlay::UnixSeconds start = noon,
               World::Links links = World::Links{}) {
        world = std::make_unique<World>(seed, start, links);
        for (unsigned i = 0; i < knowing; ++i) {
            add_neighbour();
            move_in(*neighbours.back(), next_address());
        }
        for (unsigned i = 0; i < stock; ++i) {
            const auto here = next_address();
            stocks.push_back(std::make_unique<StockNode>(*world, here, network, meeting_point(here)));
        }
        world->run_for(60s);  // routing tables fill
    }

    void add_neighbour() {
        neighbours.push_back(std::make_unique<Person>(static_cast<std::uint8_t>(10 + neighbours.size())));
    }
    Endpoint next_address() { return address(++inhabitants); }
    static std::vector<Endpoint> meeting_point(const Endpoint& self) {
        return self == address(1) ? std::vector<Endpoint>{} : std::vector{address(1)};
    }
    void move_in(Person& person, const Endpoint& where, bool with_bootstrap = true, std::uint8_t slot = 0,
                 std::uint8_t locations = 2) {
        OverlayNode::Setup setup;
        setup.address = where;
        setup.slot = slot;
        setup.network = network;
        setup.locations = locations;
        if (with_bootstrap) setup.bootstrap = meeting_point(where);
        person.node = std::make_unique<OverlayNode>(*world, setup, person.identity, person.memory);
    }
    void settle_bob_and_alice() {
        move_in(bob, next_address());
        move_in(alice, next_address());
    }
    bool published(std::chrono::seconds patience = 30s) {
        return world->run_until([this] { return bob.node->read_back() == 2; }, patience);
    }
    overlay::RecordName bobs_name() const { return {bob.key(), {}, "bob"}; }
    overlay::ResolveAnswer ask() { return alice.node->resolve(bobs_name()); }
    /// As a call asks: what is remembered counts, and the answer does not wait for the last location.
    overlay::ResolveAnswer call() { return alice.node->resolve(bobs_name(), false); }
    /// The port that alice is told for bob, 0 without an answer.
    int port_told() {
        const auto answer = ask();
        if (!answer.record || answer.record->edges.empty()) return 0;
        return answer.record->edges.at(0).addresses.at(0).port;
    }
    void run_to(overlay::UnixSeconds wall) {
        const auto now = world->now().wall;
        if (wall > now) world->run_for(std::chrono::seconds(static_cast<std::int64_t>(wall - now)));
    }
    crypto::Blinding bobs(std::uint32_t period) const {
        return crypto::blind(bob.key(), {}, "bob", period).value();
    }
    crypto::Blinding bobs_today() const { return bobs(overlay::period_of(world->now().wall)); }

    std::uint64_t seed = 1;
    unsigned inhabitants = 0;
    std::unique_ptr<World> world;
    std::vector<std::unique_ptr<Person>> neighbours;
    std::vector<std::unique_ptr<StockNode>> stocks;
    Person bob{1}, alice{2};

    // Nodes leave before the world ends.
    void TearDown() override {
        bob.node.reset();
        alice.node.reset();
        neighbours.clear();
        stocks.clear();
        world.reset();
    }
};

}  // namespace overlay_time
