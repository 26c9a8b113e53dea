// overlay/core.hpp - the overlay without a machine: DHT node, village, publisher and resolver behind one
// step(). Datagrams, time and random bytes are handed in; datagrams and the next wake-up come out. The daemon
// gives it asio's sockets (overlay.cpp), a simulation gives it a virtual world; both run every line below.
// One loop. Whatever was called, next_wake() may have changed.
#pragma once

#include <deque>

#include "overlay/address_validation.hpp"
#include "overlay/call_back.hpp"
#include "overlay/direct_ask.hpp"
#include "overlay/publisher.hpp"
#include "overlay/resolver.hpp"
#include "overlay/seen_addresses.hpp"
#include "overlay/tombstone_publisher.hpp"
#include "overlay/village/gate.hpp"
#include "overlay/village/village.hpp"

namespace overlay {

class Core {
public:
    struct Config {
        DhtNode::Config node;
        Publisher::Config publisher;
        Resolver::Config resolver;
        Revocations::Config revocations;
        DirectAsk::Config direct;
        CallBacks::Config call_back;
        Village::Config village;
        bool pad_requests = true;  // address_validation.hpp
    };
    /// Borrows `identity` and `memory`.
    Core(const Config& config, const crypto::Identity& identity, Memory& memory, DhtNode::Send send,
         Publisher::Random random, Now now);
    Core(const Core&) = delete;  // its parts point to each other
    Core& operator=(const Core&) = delete;

    /// Goes to the nodes that an earlier run knew.
    void start(Now now);
    void receive(const asio::ip::udp::endpoint& from, crypto::ByteView datagram, Now now);
    void step(Now now);
    [[nodiscard]] TimePoint next_wake() const;

    /// An address of a bootstrap host.
    void meet(const asio::ip::udp::endpoint& host, Now now);
    /// The networks of this machine on which neighbours are (village/village.hpp), and the DHT's ports.
    void set_lan(LanSettings settings, std::uint16_t dht_v4, std::uint16_t dht_v6, Now now);
    /// What came to the group at `on`.
    void heard(const LanAddress& on, const asio::ip::address& from, crypto::ByteView datagram, Now now);
    /// What is to be said to the group; after each step().
    [[nodiscard]] std::vector<Village::Saying> take_sayings() { return std::exchange(beside_.sayings, {}); }
    [[nodiscard]] const Village& village() const noexcept { return beside_.village; }
    /// Where the DHT is on the home's network (neighbours.hpp), the latest first. They are asked for every
    /// name. They are met as nodes while we are lonely, so that a home bootstraps by itself, and in a network
    /// of one's own; not in the public one, whose nodes would be told of addresses that are no use to them.
    void set_neighbours(std::vector<asio::ip::udp::endpoint> nodes, Now now);
    /// We know nobody who answers: bootstrap hosts should be looked up, again and again.
    [[nodiscard]] bool lonely() const { return dht_.connectivity() != Connectivity::connected; }

    void publish(const RecordName& name, InnerRecord record, Now now);
    void withdraw(const RecordName& name, Now now);
    void set_certificates(std::vector<CertifiedName> certified, Now now);
    void publish_tombstones(std::vector<std::vector<std::uint8_t>> blocks, Now now);
    /// False: the wall clock is wrong, so nothing is signed, refreshed or put. What resolve() finds
    /// meanwhile, whose checks hang on the same clock, is no reason to call anybody.
    void trust_clock(bool plausible, Now now);
    void resolve(ResolveRequest request, Now now, ResolveDone done);
    /// Our own address may be another one now: asks those whom we know what they see.
    void network_changed(Now now);
    [[nodiscard]] std::vector<SeenAddress> seen() const { return seen_as_.all(); }
    /// Asks nodes that are no contacts to call `of`, where others see us, and to bring `id` (call_back.hpp).
    void ask_call_back(const TransportAddress& of, const crypto::Bytes<15>& id, CallBacks::Answered answered,
                       Now now);
    /// Whether we do that for others. If so, promise_call_back() is due for each wish among the news.
    void offer_call_backs(bool offered);
    void promise_call_back(const CallBackWish& wish, bool yes, Now now);
    /// Where our DHT listens over IPv6, as others can reach it: told to who asks, or is asked, to call back.
    void also_at(std::optional<asio::ip::udp::endpoint> where) { call_backs_.also_at(where); }
    [[nodiscard]] std::vector<DhtNode::Stored> stored() const { return dht_.stored(); }
    /// What has come of the calls since it was last taken, for who wants to be told (listener.hpp).
    struct News {
        bool seen_changed = false;             // seen() is another
        std::vector<CallBackWish> wishes;      // while they are offered
        std::optional<SharedIdentity> shared;  // the latest
        // Nodes that have answered us and did not before, which may be asked to call back: those of our kind,
        // or any of a network of one's own. Some of them, when there are many.
        std::vector<asio::ip::address> met;
        bool neighbours_changed = false;  // some have come or gone
    };
    [[nodiscard]] News take_news();
    /// Fills everything but what sockets know.
    void describe(OverlayStatus& status) const;

    /// Saves whom we know and withdraws every record; gone() once that is sent.
    void leave(Now now);
    [[nodiscard]] bool gone() const {
        return publisher_.idle() && tombstones_.idle() && beside_.village.idle();
    }

private:
    void work(Now now);
    void met_of_our_kind(const asio::ip::udp::endpoint& node);
    void tell_of(const asio::ip::udp::endpoint& node);
    void look_around(Now now);
    [[nodiscard]] std::vector<asio::ip::udp::endpoint> witnesses_for(const asio::ip::address& address) const;
    void look_for_known_nodes(Now now);
    void look_across(Now now);
    void explore(Now now);
    void search_at(unsigned distance);
    void housekeeping(Now now);
    [[nodiscard]] bool is_quiet() const;
    void others_beside(Now now);
    void meet_neighbours(std::vector<asio::ip::udp::endpoint> nodes, Now now);
    void work_in_village(Now now);
    void work_at_gate(Now now);
    void look_at_publisher(std::optional<TimePoint> at);
    void look_for_way_out();
    void save_nodes();

    Memory& memory_;
    const crypto::Bytes<20> node_id_;
    const Publisher::Random random_;
    SeenAddresses seen_as_;
    AddressValidation validation_;
    DhtNode dht_;
    DirectAsk direct_;
    CallBacks call_backs_;
    RollbackMemory seen_;
    OwnerNodes owner_nodes_;
    Revocations revocations_;
    struct Beside {
        Village village;
        Gate gate;
        std::vector<Village::Saying> sayings;
    };
    Beside beside_;
    Resolver resolver_;
    Publisher publisher_;
    TombstonePublisher tombstones_;
    /// Whom to ask for a way in.
    struct WaysIn {
        std::vector<KnownNode> known;  // of the last save, tried while lonely
        unsigned tries = 0;            // at these, since we became lonely
        // Whom we knew once, latest first, and bootstrap hosts: perhaps on the other side of a cut.
        std::deque<asio::ip::udp::endpoint> lost;
        std::vector<asio::ip::udp::endpoint> hosts;
        std::vector<asio::ip::udp::endpoint> neighbours;
        std::vector<asio::ip::udp::endpoint> beside_and_in_dht;  // of these
        bool public_network = true;
    };
    WaysIn ways_in_;
    struct Standing {
        bool clock_plausible = true;
        Connectivity last_connectivity = Connectivity::disconnected;
        bool way_out = false;  // we are in the DHT, and not by our neighbours alone
    };
    Standing standing_;
    struct Due {
        std::optional<TimePoint> publisher, tombstones;
        TimePoint look, housekeeping, look_across, explore, look_around;
    };
    Due due_;
    News news_;
    struct Exploring {
        TimePoint from_scratch_at;  // when `times` was 0
        unsigned times = 0;         // since we were lonely
        TimePoint around_at;        // last for newcomers
    };
    Exploring explored_;
};

/// While lonely: every second in the first minute, as a bootstrap host may start after us; then seldom.
[[nodiscard]] std::chrono::seconds pause_after(unsigned tries);

}  // namespace overlay
