// simulations/air.hpp - radios that share a channel, as CSMA/CA has it (IEEE 802.11's distributed access):
// who hears another one send waits, who does not may send at the same time, and whoever hears both hears
// neither.
// 1. The radios, their hops, losses and routes are those of a Mesh.
// 2. Before a frame the channel is idle for 50 us and so many slots of 20 us as chance says; two who choose
// the
//    same slot send at once. A frame has 62 bytes of headers (MAC, IPv4, UDP) and a preamble of 192 us.
// 3. To one address: a frame each hop, acknowledged, seven tries, twice the slots after each. To the group:
//    once, to all who hear it, nobody acknowledges.
// 4. 64 frames wait in a radio; one more is dropped.
// 5. Babel's own traffic, if wanted: a hello every 4 s, all routes every 16 s (RFC 8966's defaults), as
//    multicast.
#pragma once

#include <deque>

#include "simulations/mesh.hpp"

namespace simulations {

class World;

class Air final : public Network {
public:
    struct Config {
        unsigned kbit_s = 250;
        std::uint16_t port = 4222;  // at which each host lives
        bool babel = true;
    };
    Air(std::unique_ptr<Mesh> mesh, const Config& config);

    /// Not asked: the channel delivers by itself.
    std::optional<TimePoint> carry(const Endpoint&, const Endpoint&, std::size_t, TimePoint,
                                   Random&) override {
        return std::nullopt;
    }
    [[nodiscard]] Air* air() override { return this; }
    /// Takes the datagram over. `to` may be a group: all who hear the sender.
    void send(World& world, const Endpoint& from, const Endpoint& to, std::vector<std::uint8_t> datagram);
    [[nodiscard]] const Mesh& mesh() const { return *mesh_; }

    struct Figures {
        std::uint64_t frames = 0, bytes = 0;  // on the air, with headers, of all tries
        std::uint64_t collided = 0, dropped = 0;
        std::uint64_t babel_bytes = 0;  // of these
        Micro busiest{0};  // how long it was not idle where it was so for longest, since busy_again()
    };
    [[nodiscard]] Figures figures() const;
    void busy_again();

private:
    static constexpr std::size_t everybody = ~std::size_t{0};
    struct Frame {
        Endpoint from, to;
        std::vector<std::uint8_t> bytes;
        std::size_t hop = everybody;  // where it goes now
        unsigned tries = 0;
        bool babel = false;
    };
    struct Radio {
        std::deque<Frame> waiting;
        bool contends = false;
        TimePoint busy_since{}, busy_until{};  // somebody who is heard, or we
        std::uint64_t hears = 0;               // whose frame, 0: none, or several
        TimePoint heard_until{};
        Micro busy{0};
    };

    void queue(World& world, std::size_t at, Frame frame);
    void contend(World& world, std::size_t at);
    void attempt(World& world, std::size_t at);
    void end(World& world, std::size_t at, std::uint64_t number);
    [[nodiscard]] bool arrives(World& world, std::size_t at, std::size_t to, std::uint64_t number);
    void pass_on(World& world, std::size_t at, const Frame& frame);
    void talk_babel(World& world, std::size_t at, unsigned turn);

    std::unique_ptr<Mesh> mesh_;
    Config config_;
    std::vector<Radio> radios_;
    std::uint64_t number_ = 0;
    Figures figures_;
    bool begun_ = false;
};

}  // namespace simulations
