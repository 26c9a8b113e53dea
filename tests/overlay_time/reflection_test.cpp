// tests/overlay_time/reflection_test.cpp - what somebody is sent in whose name others ask: for each kind of
// datagram of the DHT's port, and of everything that a node may hold for it. Nobody is sent more than three
// times what was sent in his name, however long it goes on.
#include <sodium/crypto_auth_hmacsha512256.h>

#include <map>
#include <msgpack.hpp>

#include "simulations/sybil.hpp"
#include "tests/overlay_time/village.hpp"

namespace overlay_time {
namespace {

using Wire = std::vector<std::uint8_t>;
using Packer = msgpack::packer<msgpack::sbuffer>;

/// Hears, and never says a word.
class Victim final : public simulations::Inhabitant {
public:
    Victim(World& world, const Endpoint& at) : world_(world), at_(at) { world_.move_in(at_, *this); }
    ~Victim() override { world_.move_out(at_); }
    Victim(const Victim&) = delete;
    Victim& operator=(const Victim&) = delete;
    void receive(const Endpoint&, crypto::ByteView datagram, overlay::Now) override {
        bytes += datagram.size();
        ++datagrams;
    }
    void step(overlay::Now) override {}
    [[nodiscard]] overlay::TimePoint next_wake() const override { return overlay::TimePoint::max(); }

    std::size_t bytes = 0, datagrams = 0;

private:
    World& world_;
    Endpoint at_;
};

void pack_bin(Packer& packer, crypto::ByteView bytes) {
    packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    packer.pack_bin_body(reinterpret_cast<const char*>(bytes.data()),
                         static_cast<std::uint32_t>(bytes.size()));
}

/// A request as OpenDHT writes it, from a node with this id; `more` adds so many arguments.
Wire request(std::uint32_t net, const std::string& method, std::uint8_t id, std::uint32_t more_arguments,
             const std::function<void(Packer&)>& more) {
    msgpack::sbuffer buffer;
    Packer packer(buffer);
    packer.pack_map(net != 0 ? 6 : 5);
    packer.pack("a");
    packer.pack_map(1 + more_arguments);
    packer.pack("id");
    pack_bin(packer, crypto::Bytes<20>{id, 1, 2});
    more(packer);
    packer.pack("q").pack(method);
    packer.pack("t").pack(0x12345678U).pack("y").pack("q").pack("v").pack("RNG1");
    if (net != 0) packer.pack("n").pack(net);
    return {buffer.data(), buffer.data() + buffer.size()};
}

/// Everything that can be asked about `key` without having been talked to.
std::map<std::string, Wire> everything(std::uint32_t net, const overlay::Location& key,
                                       crypto::ByteView block, const crypto::Blinding& bob) {
    std::uint8_t id = 0x40;
    std::map<std::string, Wire> all;
    const auto add = [&](const std::string& name, const std::string& method, std::uint32_t arguments,
                         const std::function<void(Packer&)>& more) {
        all[name] = request(net, method, ++id, arguments, more);
    };
    const auto at_key = [&](Packer& p) { pack_bin((p.pack("h"), p), key); };
    const auto token = [&](Packer& p) { pack_bin((p.pack("token"), p), crypto::Bytes<32>{7}); };
    add("ping", "ping", 0, [](Packer&) {});
    add("find", "find", 2, [&](Packer& p) {
        pack_bin((p.pack("target"), p), key);
        p.pack("w").pack_array(2).pack(AF_INET).pack(AF_INET6);
    });
    add("get", "get", 1, at_key);
    add("get of ids", "get", 2, [&](Packer& p) {
        at_key(p);
        p.pack("q").pack_map(2).pack("s").pack_array(1).pack(1).pack("w").pack_array(0);
    });
    add("put", "put", 3, [&](Packer& p) {
        at_key(p), token(p);
        p.pack("values").pack_array(1).pack_map(2).pack("id").pack(5).pack("dat").pack_map(1);
        p.pack("body").pack_map(2).pack("type").pack(int{overlay::DhtNode::value_type}).pack("data");
        pack_bin(p, block);
    });
    add("refresh", "refresh", 3, [&](Packer& p) { at_key(p), token(p), p.pack("vid").pack(5); });
    add("listen", "listen", 3, [&](Packer& p) { at_key(p), token(p), p.pack("sid").pack(9); });
    add("update", "update", 3, [&](Packer& p) { at_key(p), token(p), p.pack("sid").pack(9); });
    add("something new", "teleport", 1, at_key);
    all["an answer"] = {0x82, 0xa1, 'r', 0x80, 0xa1, 't', 5};
    all["nonsense"] = Wire(50, 0xc1);
    // Of somebody who knows the name (direct_ask.hpp).
    Wire question{'H', 'W', 'q', 2};
    question.resize(12);
    question.insert(question.end(), bob.blinded.begin(), bob.blinded.end());
    question.resize(1232);
    const auto ask_key = crypto::ask_key(bob);
    crypto_auth_hmacsha512256(question.data() + 44, question.data(), 44, ask_key.data());
    all["HWq"] = question;
    return all;
}

class Reflection : public Village {
protected:
    /// In the victims' names, to every node, as often as it may be.
    void ask_all(std::uint32_t net, const overlay::Location& key, crypto::ByteView block, unsigned nodes) {
        unsigned number = 200;
        for (const auto& [name, wire] : everything(net, key, block, bobs_today())) {
            SCOPED_TRACE(name);
            const auto where = address(++number);
            Victim victim(*world, where);
            std::size_t asked = 0;
            for (int i = 0; i < 20; ++i) {
                for (unsigned node = 1; node <= nodes; ++node) {
                    world->send(where, address(node), wire);
                    asked += wire.size();
                }
                world->run_for(500ms);
            }
            world->run_for(2min);
            const auto times = static_cast<double>(victim.bytes) / static_cast<double>(asked);
            RecordProperty(name, std::to_string(times));
            std::printf("%-14s %5zu bytes a datagram, %6zu sent in his name, %6zu came: x %.2f\n",
                        name.c_str(), wire.size(), asked, victim.bytes, times);
            EXPECT_LE(victim.bytes, 3 * asked);
            // The node is not deaf, and the key is one of its own: else this test says nothing.
            if (name == "ping" || (name == "HWq" && net != 0)) {
                EXPECT_GT(victim.datagrams, 0U);
            }
            if (name.starts_with("get")) {
                EXPECT_GT(times, 0.5);
            }
        }
    }
    Wire block_of_bob() {
        const auto blinding = bobs_today();
        overlay::BlockParameters parameters;
        parameters.seq = 700;
        parameters.expires = (world->now().wall / 900 + 8) * 900;
        return overlay::make_block(crypto::BlindedSigner(bob.identity, blinding), blinding, at_port(1),
                                   parameters)
            .value();
    }
};

TEST_F(Reflection, nobody_is_sent_more_than_three_times_what_is_sent_in_his_name) {
    build(8, 0);
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    ASSERT_TRUE(published());
    ask_all(network, overlay::location(bobs_today().blinded, 0), block_of_bob(), inhabitants);
}

TEST_F(Reflection, nor_on_the_public_network_with_a_key_full_of_guests) {
    world = std::make_unique<World>(seed, noon);
    OverlayNode::Setup setup;
    setup.address = next_address();
    setup.network = 0;
    alice.node = std::make_unique<OverlayNode>(*world, setup, alice.identity, alice.memory);
    const overlay::Location key{1, 2, 3};
    for (unsigned i = 0; i < 8; ++i) {
        auto& guest = stocks.emplace_back(
            std::make_unique<StockNode>(*world, address(100 + i), 0, std::vector{address(1)}));
        ASSERT_TRUE(world->run_until([&] { return guest->connected(); }, 10s));
        for (std::uint64_t value = 0; value < 20; ++value) {
            guest->put(key, 3, 100 * i + value + 1, Wire(500));
            world->run_for(1s);
        }
    }
    world->run_for(10s);
    ASSERT_GT(alice.node->status().stored_values, 20U);
    ask_all(0, key, block_of_bob(), 1);
}

TEST_F(Reflection, whom_others_name_to_us_gets_little) {
    build(4, 0);
    settle_bob_and_alice();
    const auto where = address(250);
    Victim victim(*world, where);
    // A node that names the victim, in many persons, to all who ask for nodes.
    simulations::Sybil::Setup setup;
    setup.address = address(99);
    setup.network = network;
    setup.bootstrap = {address(1)};
    setup.id = {1};
    for (std::uint16_t i = 0; i < 64; ++i)
        setup.friends.push_back({{static_cast<std::uint8_t>(4 * i), 9},
                                 {where.address(), static_cast<std::uint16_t>(where.port() + i)}});
    std::vector<std::unique_ptr<Victim>> ports;
    for (std::uint16_t i = 1; i < 64; ++i)
        ports.push_back(std::make_unique<Victim>(
            *world, Endpoint(where.address(), static_cast<std::uint16_t>(where.port() + i))));
    simulations::Sybil sybil(*world, setup);
    const auto minutes = 10;
    for (int i = 0; i < minutes * 6; ++i) {
        alice.node->ask({{bob.key(), {}, "bob" + std::to_string(i)}, true}, [](const auto&) {});
        world->run_for(10s);
    }
    std::size_t bytes = victim.bytes;
    for (const auto& port : ports)
        bytes += port->bytes;
    EXPECT_GT(bytes, 0U) << "nobody named him";
    EXPECT_LE(bytes, inhabitants * (65536U + minutes * 60 * 1024U));
}

TEST_F(Reflection, a_node_of_another_kind_gets_a_long_answer_after_a_ping_more) {
    build(1, 0);
    StockNode stock(*world, address(100), network, {address(1)});
    ASSERT_TRUE(world->run_until([&] { return stock.connected(); }, 10s));
    settle_bob_and_alice();
    bob.node->publish("bob", at_port(5060));
    ASSERT_TRUE(published());
    bool found = false;
    StockNode late(*world, address(101), network, {address(100)});
    ASSERT_TRUE(world->run_until([&] { return late.connected(); }, 10s));
    late.get(overlay::location(bobs_today().blinded, 0), [&] { found = true; });
    EXPECT_TRUE(world->run_until([&] { return found; }, 2s));
}

}  // namespace
}  // namespace overlay_time
