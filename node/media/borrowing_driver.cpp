// node/media/borrowing_driver.cpp - binds ports for doors of friends', and proves them.
#include "node/media/borrowing_driver.hpp"

#include <algorithm>

#include "crypto/identity.hpp"
#include "node/clock.hpp"

namespace node {
namespace {

BorrowingDriver::Number random_number() {
    const auto random = crypto::random_array<2>();
    return static_cast<BorrowingDriver::Number>(random[0] << 8U | random[1]);
}

}  // namespace

BorrowingDriver::BorrowingDriver(asio::io_context& loop, Host& host)
    : loop_(loop), host_(host), timer_(loop, [this] { on_time(); }) {}

BorrowingDriver::~BorrowingDriver() = default;

void BorrowingDriver::told(const RelayCandidate& by, const RelayFrame& frame) {
    act(doors_.told(by, frame, now().steady));
    on_time();
}

void BorrowingDriver::prepare(std::function<void()> ready) {
    act(doors_.prepare(random_number(), now().steady));
    waiting_.push_back(std::move(ready));
    on_time();
}

void BorrowingDriver::tell_ready() {
    if (waiting_.empty() || !doors_.settled(now().steady)) return;
    for (auto& ready : std::exchange(waiting_, {}))
        ready();
}

std::optional<BorrowingDriver::Taken> BorrowingDriver::take(DoorPair::User& user) {
    const auto door = doors_.take(now().steady);
    const auto pair = door ? ahead_.find(door->door) : ahead_.end();
    if (pair == ahead_.end()) return std::nullopt;
    Taken taken;
    static_cast<BorrowedDoors::Taken&>(taken) = *door;
    taken.pair = std::move(pair->second);
    taken.pair->use(user);
    ahead_.erase(pair);
    return taken;
}

void BorrowingDriver::aim(Number door, const sip::Doors::Peer& peer) {
    act(doors_.aim(door, peer));
}

void BorrowingDriver::give_back(Number door) {
    pairs_.erase(door);
    act(doors_.give_back(door));
}

bool BorrowingDriver::answered(Number door, Component component, const sip::Endpoint& source,
                               std::string_view datagram) {
    return doors_.answered(door, component, source, datagram, now().steady);
}

void BorrowingDriver::came(DoorPair& pair, Component component, const sip::Endpoint& source,
                           std::string_view datagram) {
    const auto found = std::find_if(ahead_.begin(), ahead_.end(),
                                    [&](const auto& one) { return one.second.get() == &pair; });
    if (found == ahead_.end() || !answered(found->first, component, source, datagram)) return;
    timer_.set(now().steady);  // not at once: whoever is ready may take the pair that is on the stack
}

void BorrowingDriver::act(const BorrowedDoors::Actions& actions) {
    for (const auto& [relay, frame] : actions.tell) {
        if (!host_.tell(relay, frame)) doors_.not_held(relay);
    }
    for (const Number door : actions.open) {
        auto pair =
            DoorPair::bind(loop_, board_, static_cast<DoorPair::User&>(*this), asio::ip::address_v4::any());
        if (!pair) continue;  // never proved, and given back
        pairs_[door] = pair.get();
        ahead_[door] = std::move(pair);
    }
    for (const Number door : actions.close) {
        pairs_.erase(door);
        ahead_.erase(door);
    }
    for (const Number door : actions.lost) {
        pairs_.erase(door);
        host_.door_lost(door);
    }
}

void BorrowingDriver::on_time() {
    const auto moment = now().steady;
    for (const auto& send : doors_.due(moment)) {
        const auto pair = pairs_.find(send.door);
        if (pair != pairs_.end()) pair->second->send(send.component, send.to, send.bytes);
    }
    act(doors_.on_time(moment));
    tell_ready();
    timer_.set(doors_.next_wake(moment));
}

}  // namespace node
