// node/media/lending_driver.cpp - lends ports, passes what comes, takes them back.
#include "node/media/lending_driver.hpp"

#include <algorithm>

#include "node/clock.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using Type = RelayFrame::Type;

constexpr auto look_every = 1s;

}  // namespace

LendingDriver::LendingDriver(asio::io_context& loop, DoorsDriver& doors, Host& host)
    : doors_(doors), host_(host), timer_(loop, [this] { on_time(); }) {}

LendingDriver::~LendingDriver() = default;

std::vector<RelayFrame> LendingDriver::asked(const crypto::PublicKey& by, const RelayFrame& frame) {
    const LentDoors::Door door{by, frame.door};
    const auto id = lent_.find(door);
    switch (frame.type) {
        case Type::hello: {
            lent_.back(by);
            auto lends = of_door(Type::lends, 0);
            lends.number = static_cast<std::uint8_t>(LentDoors::most_of_one);
            return host_.lends() ? std::vector{lends} : std::vector<RelayFrame>{};
        }
        case Type::borrow: return id ? std::vector<RelayFrame>{} : std::vector{borrow(door)};
        case Type::aim:
            if (id && aim(*id, frame)) return {};
            if (id) close(*id);
            return {of_door(Type::ended, frame.door)};
        case Type::give_back:
            if (id) close(*id);
            return {};
        case Type::token:
        case Type::refused:
        case Type::incoming:
        case Type::ping:
        case Type::pong:
        case Type::lends:
        case Type::lent:
        case Type::not_lent:
        case Type::ended: break;
    }
    return {};
}

RelayFrame LendingDriver::borrow(const LentDoors::Door& door) {
    const auto refuse = [&](LendRefusal why) {
        lent_.refused();
        auto frame = of_door(Type::not_lent, door.number);
        frame.number = static_cast<std::uint8_t>(why);
        return frame;
    };
    if (!host_.lends()) return refuse(LendRefusal::off);
    if (const auto why = lent_.why_not(door.borrower)) return refuse(*why);
    auto reached = doors_.lend_pair(static_cast<DoorPair::User&>(*this));
    if (!reached) return refuse(LendRefusal::unreachable);
    auto frame = of_door(Type::lent, door.number);
    frame.secret = crypto::random_array<16>();
    frame.rtp = reached->rtp;
    frame.rtcp = reached->rtcp;
    const auto id = lent_.lend(door, frame.secret, now().steady);
    reached->pair->mark = id;
    pairs_[id] = std::move(reached->pair);
    timer_.set(now().steady + look_every);
    return frame;
}

/// What is ours is not to be sent to from here as if we had sent it: but a door of ours may be the other
/// side.
bool LendingDriver::may_be_aimed_at(const sip::Endpoint& at) const {
    return at.port == 0 || !host_.is_ours(at.address) || doors_.shows(at);
}

bool LendingDriver::aim(LentDoors::Id id, const RelayFrame& frame) {
    if (!may_be_aimed_at(frame.rtp) || !may_be_aimed_at(frame.rtcp)) return false;
    sip::Doors::Peer peer;
    peer.outside = true;
    peer.rests = frame.number == 1;
    if (!frame.rtp.address.is_unspecified()) peer.addresses.push_back(frame.rtp.address);
    if (frame.rtp.port != 0) peer.rtp = frame.rtp;
    if (frame.rtcp.port != 0) peer.rtcp = frame.rtcp;
    return lent_.aim(id, peer, now().steady);
}

void LendingDriver::left(const crypto::PublicKey& who, bool for_good) {
    if (!for_good) return lent_.left(who, now().steady);
    for (const auto& [id, door] : lent_.of(who))
        close(id);
}

void LendingDriver::close(LentDoors::Id id) {
    lent_.give_back(id);
    const auto pair = pairs_.find(id);
    if (pair == pairs_.end()) return;
    doors_.take_back(std::move(pair->second));
    pairs_.erase(pair);
}

void LendingDriver::came(DoorPair& pair, Component component, const sip::Endpoint& source,
                         std::string_view datagram) {
    const auto passed = lent_.came(pair.mark, component, source, datagram, now().steady);
    if (passed.to)
        pair.send(component, *passed.to, passed.other ? std::string_view(*passed.other) : datagram);
}

void LendingDriver::on_time() {
    const auto moment = now().steady;
    for (const auto& [id, door] : lent_.on_time(moment)) {
        close(id);
        host_.tell(door.borrower, of_door(Type::ended, door.number));
    }
    if (lent_.size() > 0) timer_.set(moment + look_every);
}

}  // namespace node
