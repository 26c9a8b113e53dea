// simulations/world.hpp - a network of nodes in one thread and in virtual time: days pass in seconds.
// 1. Same seed, same run: latency, loss and the nodes' random bytes come from one generator. hash() is over
//    every datagram ever sent, with its time and addresses: two runs that differ anywhere differ there.
// 2. One world at a time: while it lives, every clock of the executable is its clock (virtual_time.hpp).
// 3. An event costs the logarithm of their number, whatever the number of inhabitants is.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "overlay/dht_node.hpp"
#include "simulations/nat.hpp"

namespace simulations {

using overlay::Now;

/// Somebody with an address. Stepped at next_wake(), and whenever a datagram comes.
class Inhabitant {
public:
    virtual ~Inhabitant() = default;
    virtual void receive(const Endpoint& from, crypto::ByteView datagram, Now now) = 0;
    /// What was said to the group, and is heard here.
    virtual void overhear(const Endpoint&, crypto::ByteView, Now) {}
    virtual void step(Now now) = 0;
    [[nodiscard]] virtual TimePoint next_wake() const = 0;
};

class World {
public:
    struct Links {  // everybody beside everybody, one way; links.hpp draws more than that
        std::chrono::milliseconds least{10}, most{80};
        double loss = 0;
    };
    World(std::uint64_t seed, overlay::UnixSeconds start, std::unique_ptr<Network> network);
    World(std::uint64_t seed, overlay::UnixSeconds start, Links links);
    World(std::uint64_t seed, overlay::UnixSeconds start) : World(seed, start, Links{}) {}
    ~World();
    World(const World&) = delete;  // inhabitants point here
    World& operator=(const World&) = delete;

    [[nodiscard]] Now now() const { return {now_, wall(std::chrono::seconds(0))}; }
    void roll(std::span<std::uint8_t> out);
    [[nodiscard]] Random& random() { return random_; }

    /// Borrowed until move_out(). Datagrams to an address where nobody lives are lost. `skew`: how wrong the
    /// inhabitant's wall clock is.
    void move_in(const Endpoint& address, Inhabitant& who, std::chrono::seconds skew = {});
    void move_out(const Endpoint& address);
    /// Whoever lives, or will live, at `inside` is behind this box.
    void hide(const asio::ip::address& inside, const std::shared_ptr<Nat>& nat);
    /// Before an inhabitant is asked to do something: its clock, and it will be stepped after.
    Now visit(const Endpoint& address);
    /// 0, as an inhabitant learns nothing of a loss; EMSGSIZE for what IPv4 cannot carry.
    int send(const Endpoint& from, const Endpoint& to, crypto::ByteView datagram);
    /// A shared channel delivers now: what was sent to an address; what was said to the group, to who lives
    /// at `to`.
    void arrive(const Endpoint& from, const Endpoint& to, crypto::ByteView datagram);
    void overhear(const Endpoint& to, const Endpoint& from, crypto::ByteView datagram);
    /// Something that happens by itself.
    void after(std::chrono::nanoseconds delay, std::function<void()> happening);

    void run_for(std::chrono::nanoseconds time) {
        run_until([] { return false; }, time);
    }
    /// False when `patience` passed first. The condition is asked after every event.
    template <typename Condition>
    bool run_until(Condition condition, std::chrono::nanoseconds patience) {
        const auto end = now_ + patience;
        while (!condition()) {
            if (!turn(end)) return false;
        }
        return true;
    }

    [[nodiscard]] std::uint64_t packets() const { return packets_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }  // with IPv4 and UDP headers
    [[nodiscard]] std::uint64_t hash() const { return hash_; }

private:
    enum class Kind : std::uint8_t { alarm, datagram, happening };
    struct Event {
        TimePoint at;
        std::uint64_t number;  // of two at one time, the first asked for
        std::uint32_t index;   // of the resident, datagram or happening
        Kind kind;
        friend bool operator>(const Event& a, const Event& b) {
            return std::tie(a.at, a.number) > std::tie(b.at, b.number);
        }
    };
    struct Datagram {
        Endpoint from, to;
        std::vector<std::uint8_t> bytes;
    };
    struct Resident {
        Inhabitant* who = nullptr;
        Endpoint address;
        std::chrono::seconds skew{0};
        TimePoint alarm_at = TimePoint::max();  // of the one event that counts
        std::uint64_t alarm_number = 0;
    };
    struct EndpointHash {
        std::size_t operator()(const Endpoint& endpoint) const noexcept;
    };

    // One event, or time passes until `end`: then false.
    bool turn(TimePoint end);
    void deliver(const Datagram& datagram);
    void ring(std::uint32_t resident);
    void set_alarm(std::uint32_t resident, TimePoint at);
    void push(TimePoint at, Kind kind, std::uint32_t index);
    Now enter(const Resident& resident);
    [[nodiscard]] overlay::UnixSeconds wall(std::chrono::seconds skew) const;
    void mix(TimePoint at, const Endpoint& from, const Endpoint& to, crypto::ByteView bytes);

    std::unique_ptr<Network> network_;
    Random random_;
    TimePoint began_, now_;
    overlay::UnixSeconds start_;
    std::uint64_t packets_ = 0, bytes_ = 0, events_ = 0, hash_ = 0;
    std::vector<Event> queue_;  // a heap
    std::deque<Datagram> datagrams_;
    std::deque<Resident> residents_;
    std::deque<std::function<void()>> happenings_;
    std::vector<std::uint32_t> free_datagrams_, free_residents_, free_happenings_;
    std::unordered_map<Endpoint, std::uint32_t, EndpointHash> at_;
    std::map<asio::ip::address, std::shared_ptr<Nat>> nat_of_, nats_;  // by inside, by outside address
};

}  // namespace simulations
