// overlay/village/neighbours.hpp - who else is on the home's network (beacon.hpp), and when to say that we
// are. Whoever is on that network can say what he likes, in anybody's name. So
// 1. a beacon makes us try an address, and nothing else: a call goes there only if the TLS key there is that
//    of the record, and the DHT's rules for who is sent what hold;
// 2. it must come from an address beside ours, as its own interface says;
// 3. kept are at most 256, 4 of one address; whom we have heard but once makes room first, and who is heard
//    again and again stays. What is dropped is counted;
// 4. what is new makes us speak, but not more often than Trickle lets us (trickle.hpp): 96 bytes to the
//    group.
// A core: datagrams, time and dice are handed in. Overlay loop only.
#pragma once

#include <string>
#include <vector>

#include "overlay/village/beacon.hpp"
#include "overlay/village/trickle.hpp"

namespace overlay {

/// An address of ours on a network where neighbours may be.
struct LanAddress {
    asio::ip::address address;
    unsigned prefix_length = 0;
    unsigned interface = 0;  // its index
    SipPorts sip;            // where this node listens at that address
    friend bool operator==(const LanAddress&, const LanAddress&) = default;
};

/// What node/ knows of it.
struct LanSettings {
    std::vector<LanAddress> addresses;  // none: nothing is said, and nobody heard
    crypto::Bytes<32> tls_key_hash{};   // as in our records; zeros: no TLS
    friend bool operator==(const LanSettings&, const LanSettings&) = default;
};

struct Neighbour {
    asio::ip::address address;
    BeaconBytes said{};
    Beacon beacon;
    std::chrono::steady_clock::time_point heard;  // the last time
    unsigned times = 1;
};

struct NeighbourCounters {
    std::uint64_t said = 0, heard = 0;
    std::uint64_t refused = 0;  // no beacon, of another network, not from beside us
    std::uint64_t crowded = 0;  // one too many
};

class Neighbours {
public:
    using Time = Trickle::Time;
    static constexpr std::size_t most = 256, most_at_one_address = 4;
    // Two of the longest intervals, and something for a lost datagram.
    static constexpr auto forgotten_after = std::chrono::seconds(640);
    static constexpr double new_at_once = 64, new_a_second = 16;

    struct Config {
        std::uint32_t network = 0;
        Trickle::Config trickle;
    };
    Neighbours(const Config& config, Trickle::Random random);

    /// Where we are, and what is there. `dht_v4`, `dht_v6`: its ports; 0: none.
    void set(LanSettings settings, std::uint16_t dht_v4, std::uint16_t dht_v6, Time now);
    /// This may be another house: forgets everybody, and begins anew under another tag.
    void moved(Time now);

    struct Heard {
        bool changed = false;          // somebody is new, or is in the DHT now, or no more
        std::optional<Beacon> beacon;  // another node's of our network beside us
    };
    /// What came to the group at `on`.
    Heard heard(const LanAddress& on, const asio::ip::address& from, crypto::ByteView datagram, Time now);

    struct Saying {
        LanAddress from;
        BeaconBytes bytes{};
    };
    /// What is to be said now, at each of our addresses. `blocks`: of those that we hold.
    /// `in_dht`: others than neighbours are known there.
    [[nodiscard]] std::vector<Saying> step(const SetDigest& blocks, bool in_dht, Time now);
    /// Somebody holds other blocks than we do: it is said sooner which ours are.
    void differs(Time now) { trickle_.inconsistent(now); }
    /// Do they know where we are, those who have heard us since we came here?
    [[nodiscard]] bool has_said() const noexcept { return has_said_; }
    /// Somebody was forgotten in step(); once.
    [[nodiscard]] bool take_gone() noexcept { return std::exchange(gone_, false); }
    [[nodiscard]] std::optional<Time> next_wake() const;

    [[nodiscard]] const LanSettings& settings() const noexcept { return settings_; }
    [[nodiscard]] const std::vector<Neighbour>& all() const noexcept { return all_; }
    /// The same, those heard latest first.
    [[nodiscard]] std::vector<Neighbour> latest_first() const;
    [[nodiscard]] const NeighbourCounters& counters() const noexcept { return counters_; }

private:
    [[nodiscard]] bool admit(const asio::ip::address& from, Time now);

    Config config_;
    Trickle::Random random_;
    Trickle trickle_;
    LanSettings settings_;
    std::uint16_t dht_v4_ = 0, dht_v6_ = 0;
    crypto::Bytes<8> tag_{};
    std::vector<Neighbour> all_;
    TokenBucket new_ones_;
    bool gone_ = false, has_said_ = false;
    NeighbourCounters counters_;
};

/// Does its interface's network hold that address? Nobody else's datagrams are looked at.
[[nodiscard]] bool is_beside(const LanAddress& on, const asio::ip::address& from);

/// At which of them the edge with this TLS key may be: who has that hash, or knows it, says so. With their
/// TLS ports; the latest heard first, at most `most`.
struct EdgeBeside {
    asio::ip::address address;
    std::uint16_t tls = 0;
    friend bool operator==(const EdgeBeside&, const EdgeBeside&) = default;
};
[[nodiscard]] std::vector<EdgeBeside> edges_beside(const std::vector<Neighbour>& neighbours,
                                                   const crypto::Bytes<32>& tls_key_hash,
                                                   std::size_t most = 3);

}  // namespace overlay
