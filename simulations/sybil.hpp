// simulations/sybil.hpp - an attacker's node: OpenDHT with an id of its choice that keeps nothing honestly.
// It answers promptly and says that it stored what it was given, as that is what hurts most.
#pragma once

#include <memory>

#include "simulations/world.hpp"

namespace simulations {

class Sybil final : public Inhabitant {
public:
    enum class Manner : std::uint8_t {
        drops,     // keeps no block
        corrupts,  // keeps each block with a byte changed
        replays,   // keeps the first block of a key, and no newer one
    };
    struct Friend {
        crypto::Bytes<20> id;
        Endpoint address;
    };
    struct Setup {
        Endpoint address;
        std::uint32_t network = 1;
        crypto::Bytes<20> id{};
        std::vector<Endpoint> bootstrap;
        Manner manner = Manner::drops;
        // Whom it names to those who ask for nodes; empty: whom it knows, as an honest node would.
        std::vector<Friend> friends;
    };
    Sybil(World& world, const Setup& setup);
    ~Sybil() override;
    Sybil(const Sybil&) = delete;
    Sybil& operator=(const Sybil&) = delete;

    void receive(const Endpoint& from, crypto::ByteView datagram, Now now) override;
    void step(Now now) override;
    [[nodiscard]] TimePoint next_wake() const override;

    /// An id next to a key: only the last four bytes differ.
    static crypto::Bytes<20> next_to(const overlay::Location& location, Random& random);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace simulations
