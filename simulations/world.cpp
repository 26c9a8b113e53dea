// simulations/world.cpp - the event loop of a virtual network.
#include "simulations/world.hpp"

#include <cassert>

#include "simulations/virtual_time.hpp"

namespace simulations {

using std::chrono::system_clock;

World::World(std::uint64_t seed, overlay::UnixSeconds start, Links links) : links_(links), dice_(seed) {
    virtual_time::begin(seed, system_clock::time_point(std::chrono::seconds(start)));
    now_ = std::chrono::steady_clock::now();
}

World::~World() {
    virtual_time::end();
}

Now World::now() const {
    const auto wall = system_clock::now().time_since_epoch();
    return {now_, static_cast<overlay::UnixSeconds>(
                      std::chrono::duration_cast<std::chrono::seconds>(wall).count())};
}

void World::roll(std::span<std::uint8_t> out) {
    for (auto& byte : out)
        byte = static_cast<std::uint8_t>(dice_());
}

void World::move_in(const Endpoint& address, Inhabitant& who) {
    auto& resident = residents_[address];
    resident.who = &who;
    set_alarm(address, resident);
}

void World::move_out(const Endpoint& address) {
    const auto found = residents_.find(address);
    if (found == residents_.end()) return;
    alarms_.erase({found->second.wake, address});
    residents_.erase(found);
}

int World::send(const Endpoint& from, const Endpoint& to, crypto::ByteView datagram) {
    ++packets_;
    if (std::bernoulli_distribution(links_.loss)(dice_)) return 0;
    using Micro = std::chrono::microseconds;
    std::uniform_int_distribution<Micro::rep> latency(Micro(links_.least).count(),
                                                      Micro(links_.most).count());
    under_way_.push({now_ + Micro(latency(dice_)), packets_, from, to, {datagram.begin(), datagram.end()}});
    return 0;
}

void World::set_alarm(const Endpoint& address, Resident& resident) {
    alarms_.erase({resident.wake, address});
    resident.wake = resident.who->next_wake();
    alarms_.insert({resident.wake, address});
}

void World::wake_all() {
    for (auto& [address, resident] : residents_)
        set_alarm(address, resident);  // somebody may have been asked something between two runs
}

bool World::turn(TimePoint end) {
    const auto alarm = alarms_.empty() ? TimePoint::max() : alarms_.begin()->first;
    const auto datagram = under_way_.empty() ? TimePoint::max() : under_way_.top().arrives;
    const auto next = std::max(now_, std::min(alarm, datagram));
    now_ = std::min(next, end);
    virtual_time::advance_to(now_);
    if (next >= end) return false;
    if (datagram <= alarm) {
        const auto message = under_way_.top();
        under_way_.pop();
        const auto to = residents_.find(message.to);
        if (to == residents_.end()) return true;
        to->second.who->receive(message.from, message.bytes, now());
        if (const auto still = residents_.find(message.to); still != residents_.end())
            set_alarm(message.to, still->second);
        return true;
    }
    const auto address = alarms_.begin()->second;
    residents_.at(address).who->step(now());
    if (const auto still = residents_.find(address); still != residents_.end())
        set_alarm(address, still->second);
    return true;
}

}  // namespace simulations
