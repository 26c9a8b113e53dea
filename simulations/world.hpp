// simulations/world.hpp - a network of nodes in one thread and in virtual time: days pass in seconds.
// 1. Same seed, same run: latency, loss and the nodes' dice come from one generator.
// 2. One world at a time: while it lives, every clock of the executable is its clock (virtual_time.hpp).
#pragma once

#include <asio/ip/udp.hpp>
#include <map>
#include <queue>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "overlay/dht_node.hpp"

namespace simulations {

using overlay::Now;
using overlay::TimePoint;
using Endpoint = asio::ip::udp::endpoint;

/// Somebody with an address. Stepped at next_wake(), and whenever a datagram comes.
class Inhabitant {
public:
    virtual ~Inhabitant() = default;
    virtual void receive(const Endpoint& from, crypto::ByteView datagram, Now now) = 0;
    virtual void step(Now now) = 0;
    [[nodiscard]] virtual TimePoint next_wake() const = 0;
};

class World {
public:
    struct Links {  // one way
        std::chrono::milliseconds least{10}, most{80};
        double loss = 0;
    };
    World(std::uint64_t seed, overlay::UnixSeconds start, Links links);
    World(std::uint64_t seed, overlay::UnixSeconds start) : World(seed, start, Links{}) {}
    ~World();
    World(const World&) = delete;  // inhabitants point here
    World& operator=(const World&) = delete;

    [[nodiscard]] Now now() const;
    void roll(std::span<std::uint8_t> out);

    /// Borrowed until move_out(). Datagrams to an address where nobody lives are lost.
    void move_in(const Endpoint& address, Inhabitant& who);
    void move_out(const Endpoint& address);
    /// 0, as an inhabitant learns nothing of a loss.
    int send(const Endpoint& from, const Endpoint& to, crypto::ByteView datagram);

    void run_for(std::chrono::nanoseconds time) {
        run_until([] { return false; }, time);
    }
    /// False when `patience` passed first. The condition is asked after every event.
    template <typename Condition>
    bool run_until(Condition condition, std::chrono::nanoseconds patience) {
        const auto end = now_ + patience;
        wake_all();
        while (!condition()) {
            if (!turn(end)) return false;
        }
        return true;
    }

    [[nodiscard]] std::uint64_t packets() const { return packets_; }

private:
    struct Datagram {
        TimePoint arrives;
        std::uint64_t number;  // of two that arrive together, the first sent
        Endpoint from, to;
        std::vector<std::uint8_t> bytes;
        friend bool operator>(const Datagram& a, const Datagram& b) {
            return std::tie(a.arrives, a.number) > std::tie(b.arrives, b.number);
        }
    };
    struct Resident {
        Inhabitant* who;
        TimePoint wake;
    };
    // One event, or time passes until `end`: then false.
    bool turn(TimePoint end);
    void set_alarm(const Endpoint& address, Resident& resident);
    void wake_all();

    Links links_;
    std::mt19937_64 dice_;
    TimePoint now_;
    std::uint64_t packets_ = 0;
    std::priority_queue<Datagram, std::vector<Datagram>, std::greater<>> under_way_;
    std::map<Endpoint, Resident> residents_;
    std::set<std::pair<TimePoint, Endpoint>> alarms_;
};

}  // namespace simulations
