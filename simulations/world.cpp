// simulations/world.cpp - the event loop of a virtual network.
#include "simulations/world.hpp"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "simulations/air.hpp"
#include "simulations/links.hpp"
#include "simulations/virtual_time.hpp"

namespace simulations {
namespace {

using std::chrono::seconds;
using std::chrono::system_clock;

constexpr std::size_t largest_datagram = 65507;  // of UDP over IPv4
constexpr std::size_t headers = 28;

std::unique_ptr<Network> everybody_beside_everybody(const World::Links& links) {
    return one_area(uniform(links.least, links.most), links.loss);
}

// A place for one more, an old one if there is.
template <typename T>
std::uint32_t place_in(std::deque<T>& all, std::vector<std::uint32_t>& free) {
    if (free.empty()) {
        all.emplace_back();
        return static_cast<std::uint32_t>(all.size() - 1);
    }
    const auto index = free.back();
    free.pop_back();
    return index;
}

}  // namespace

std::size_t World::EndpointHash::operator()(const Endpoint& endpoint) const noexcept {
    std::uint64_t number = endpoint.port();
    if (endpoint.address().is_v4()) {
        number |= std::uint64_t{endpoint.address().to_v4().to_uint()} << 16U;
    } else {
        for (const auto byte : endpoint.address().to_v6().to_bytes())
            number = (number ^ byte) * 0x100000001b3U;
    }
    return (number * 0x9e3779b97f4a7c15U) >> 20U;
}

World::World(std::uint64_t seed, overlay::UnixSeconds start, std::unique_ptr<Network> network)
    : network_(std::move(network)), random_(seed), start_(start) {
    virtual_time::begin(seed, system_clock::time_point(seconds(start)));
    began_ = now_ = std::chrono::steady_clock::now();
}

World::World(std::uint64_t seed, overlay::UnixSeconds start, Links links)
    : World(seed, start, everybody_beside_everybody(links)) {}

World::~World() {
    virtual_time::end();
}

overlay::UnixSeconds World::wall(seconds skew) const {
    const auto passed = std::chrono::duration_cast<seconds>(now_ - began_) + skew;
    return start_ + static_cast<overlay::UnixSeconds>(passed.count());
}

void World::roll(std::span<std::uint8_t> out) {
    for (auto& byte : out)
        byte = static_cast<std::uint8_t>(random_());
}

void World::move_in(const Endpoint& address, Inhabitant& who, seconds skew) {
    assert(!at_.contains(address));
    const auto index = place_in(residents_, free_residents_);
    residents_[index] = {&who, address, skew, TimePoint::max(), 0};
    at_.emplace(address, index);
    set_alarm(index, now_);
}

void World::move_out(const Endpoint& address) {
    const auto found = at_.find(address);
    if (found == at_.end()) return;
    residents_[found->second] = {};  // no alarm has number 0
    free_residents_.push_back(found->second);
    at_.erase(found);
}

void World::hide(const asio::ip::address& inside, const std::shared_ptr<Nat>& nat) {
    nat_of_[inside] = nat;
    nats_[nat->outside()] = nat;
}

Now World::enter(const Resident& resident) {
    virtual_time::skew_wall(resident.skew);
    return {now_, wall(resident.skew)};
}

Now World::visit(const Endpoint& address) {
    const auto found = at_.find(address);
    assert(found != at_.end());
    set_alarm(found->second, now_);
    return enter(residents_[found->second]);
}

void World::push(TimePoint at, Kind kind, std::uint32_t index) {
    queue_.push_back({at, ++events_, index, kind});
    std::ranges::push_heap(queue_, std::greater{});
}

void World::after(std::chrono::nanoseconds delay, std::function<void()> happening) {
    const auto index = place_in(happenings_, free_happenings_);
    happenings_[index] = std::move(happening);
    push(now_ + delay, Kind::happening, index);
}

void World::mix(TimePoint at, const Endpoint& from, const Endpoint& to, crypto::ByteView bytes) {
    const auto add = [this](std::uint64_t x) {
        hash_ = (hash_ ^ x) * 0x9e3779b97f4a7c15U;
        hash_ ^= hash_ >> 29U;
    };
    add(static_cast<std::uint64_t>(at.time_since_epoch().count()));
    for (const auto* end : {&from, &to})
        add(EndpointHash{}(*end));
    while (!bytes.empty()) {
        std::uint64_t word = bytes.size();
        const auto part = bytes.first(std::min(bytes.size(), sizeof word));
        std::memcpy(&word, part.data(), part.size());
        add(word);
        bytes = bytes.subspan(part.size());
    }
}

int World::send(const Endpoint& from, const Endpoint& to, crypto::ByteView datagram) {
    if (datagram.size() > largest_datagram) return EMSGSIZE;
    ++packets_;
    bytes_ += datagram.size() + headers;
    mix(now_, from, to, datagram);
    auto source = from;
    if (!nat_of_.empty()) {
        if (const auto nat = nat_of_.find(from.address()); nat != nat_of_.end())
            source = nat->second->out(from, to, now_);
    }
    if (Air* const air = network_->air()) {
        air->send(*this, source, to, {datagram.begin(), datagram.end()});
        return 0;
    }
    const auto arrives = network_->carry(source, to, datagram.size(), now_, random_);
    if (!arrives) return 0;
    const auto index = place_in(datagrams_, free_datagrams_);
    auto& under_way = datagrams_[index];
    under_way.from = source;
    under_way.to = to;
    under_way.bytes.assign(datagram.begin(), datagram.end());
    push(*arrives, Kind::datagram, index);
    return 0;
}

// An alarm that is later than the one set stays: when it rings, the inhabitant is asked again. So each has
// about one event in the queue, however often it changes its mind.
void World::set_alarm(std::uint32_t index, TimePoint at) {
    auto& resident = residents_[index];
    if (at >= resident.alarm_at) return;
    push(std::max(at, now_), Kind::alarm, index);
    resident.alarm_at = std::max(at, now_);
    resident.alarm_number = events_;
}

void World::ring(std::uint32_t index) {
    auto& resident = residents_[index];
    resident.alarm_at = TimePoint::max();
    auto* who = resident.who;
    if (who->next_wake() <= now_) who->step(enter(resident));
    if (residents_[index].who == who) set_alarm(index, who->next_wake());
}

void World::deliver(const Datagram& datagram) {
    auto to = datagram.to;
    if (!nats_.empty()) {
        if (const auto nat = nats_.find(to.address()); nat != nats_.end()) {
            const auto inside = nat->second->in(to.port(), datagram.from, now_);
            if (!inside) return;
            to = *inside;
        }
    }
    const auto found = at_.find(to);
    if (found == at_.end()) return;
    const auto index = found->second;
    auto* who = residents_[index].who;
    who->receive(datagram.from, datagram.bytes, enter(residents_[index]));
    if (residents_[index].who == who) set_alarm(index, who->next_wake());
}

void World::arrive(const Endpoint& from, const Endpoint& to, crypto::ByteView datagram) {
    deliver({from, to, {datagram.begin(), datagram.end()}});
}

void World::overhear(const Endpoint& to, const Endpoint& from, crypto::ByteView datagram) {
    const auto found = at_.find(to);
    if (found == at_.end()) return;
    const auto index = found->second;
    auto* who = residents_[index].who;
    who->overhear(from, datagram, enter(residents_[index]));
    if (residents_[index].who == who) set_alarm(index, who->next_wake());
}

bool World::turn(TimePoint end) {
    const auto next = queue_.empty() ? TimePoint::max() : std::max(now_, queue_.front().at);
    now_ = std::min(next, end);
    virtual_time::advance_to(now_);
    if (next >= end) return false;
    std::ranges::pop_heap(queue_, std::greater{});
    const auto event = queue_.back();
    queue_.pop_back();
    switch (event.kind) {
        case Kind::alarm:
            if (residents_[event.index].alarm_number == event.number) ring(event.index);
            break;
        case Kind::datagram:
            deliver(datagrams_[event.index]);
            free_datagrams_.push_back(event.index);
            break;
        case Kind::happening: {
            const auto happening = std::move(happenings_[event.index]);
            free_happenings_.push_back(event.index);
            happening();
            break;
        }
    }
    return true;
}

}  // namespace simulations
