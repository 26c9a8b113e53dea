// overlay/dht_node.hpp - one OpenDHT node, stepped: datagrams and time go in, datagrams come out.
// Wraps dht::Dht (not DhtRunner, not SecureDht) and keeps its traps (overlay/README.md) away from
// everybody else.
// 1. Opens no socket and starts no thread; callbacks run inside receive(), step() or the call itself.
// 2. Stores only what the storer's check of block.hpp and our own quotas admit.
// 3. Callbacks of put() and get() may come late or never: the caller keeps its own timeout.
// One loop; not copied or moved: OpenDHT's callbacks point back here.
#pragma once

#include <asio/ip/udp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "overlay/block.hpp"
#include "overlay/overlay_status.hpp"

namespace overlay {

using TimePoint = std::chrono::steady_clock::time_point;

/// Both clocks, handed in: steady for timers, wall for expiry and periods.
struct Now {
    TimePoint steady;
    UnixSeconds wall = 0;
};

struct KnownNode {
    crypto::Bytes<20> id{};
    asio::ip::udp::endpoint endpoint;
};

class DhtNode {
public:
    // "HW". Nodes that do not know it keep our values 10 minutes and check nothing.
    static constexpr std::uint16_t value_type = 0x4857;

    struct Config {
        std::uint32_t network = 0;    // 0: the public OpenDHT network, whose other values we help to keep
        crypto::Bytes<20> node_id{};  // fresh random at every start
        // store_quota.hpp. A node with a thousand users has four versions of each, of 540 bytes with all that
        // is paid for them, at a share of eight nodes for each place: 9 MiB in a network of nine nodes.
        std::size_t store_bytes = 64U << 20U;
        std::size_t store_bytes_per_source = 16U << 20U;
        // Of other types, on the public network. Half of the bytes at the most.
        std::size_t guest_bytes_per_source = 1U << 20U;
        // Keys with values or listeners: anybody can listen at any key, which no policy is asked about.
        std::int32_t store_keys = 65536;
        // OpenDHT asks a policy for each type by number; types up to this one are refused on a private
        // network and held to the quota on the public one. All of them cost 11 MiB a node: a simulation takes
        // fewer.
        std::uint16_t other_types = 0xffff;
        // Answered a second. OpenDHT remembers 600 bytes of each source until so many eighths were asked: a
        // simulation, where that is a quarter of its memory, takes fewer.
        std::uint16_t requests_of_a_source = 1024;
    };

    /// `send` returns 0 or an errno.
    using Send = std::function<int(const asio::ip::udp::endpoint& to, crypto::ByteView datagram)>;

    DhtNode(const Config& config, Send send, Now now);
    ~DhtNode();
    DhtNode(const DhtNode&) = delete;
    DhtNode& operator=(const DhtNode&) = delete;

    void receive(const asio::ip::udp::endpoint& from, crypto::ByteView datagram, Now now);
    void step(Now now);
    [[nodiscard]] TimePoint next_wake() const;  // in the past after an API call

    /// A node met before, or a bootstrap host's address: pinged, and kept when it answers.
    void ping(const asio::ip::udp::endpoint& endpoint);
    void insert(const KnownNode& node);
    /// Good nodes, quickest to come back to first.
    [[nodiscard]] std::vector<KnownNode> known_nodes() const;

    /// One-shot put under value_id(signature). `sent` says only that it was sent: success is reading it back.
    void put(const Location& location, crypto::ByteView block, std::uint64_t id, std::function<void()> sent);

    struct Found {
        std::uint16_t type = 0;
        std::uint64_t id = 0;
        crypto::ByteView data;  // valid during the call
        TimePoint at;           // of the step or datagram that brought it
        bool local = false;     // held by this very node, which offers it before anybody is asked
    };
    /// Asks the network for our type only. on_value returns false to stop. `remote_only` passes over what
    /// this node itself stores, so that reading back means that somebody else holds it.
    /// `done` tells whether anybody answered: isolated nodes fail at once.
    void get(const Location& location, bool remote_only, std::function<bool(const Found&)> on_value,
             std::function<void(bool answered)> done);

    /// What this node itself keeps, for who cannot ask the network.
    void get_kept(const Location& location, const std::function<void(const Found&)>& on_value) const;

    /// What this node keeps for others, as it is sent to who asks: to see what a storer can see.
    struct Stored {
        Location location{};
        std::vector<std::uint8_t> packed;  // OpenDHT's msgpack, our block inside
    };
    [[nodiscard]] std::vector<Stored> stored() const;

    [[nodiscard]] Connectivity connectivity() const;
    /// Fills what the DHT core knows: connectivity, node_id, nodes, stored, refused_as_storer.
    void describe(OverlayStatus& status) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace overlay
