// node/media/door_side.cpp - who is heard, and what is learnt of him.
#include "node/media/door_side.hpp"

#include <algorithm>

namespace node {
namespace {

using namespace std::chrono_literals;

// Both doors begin within a round trip of each other. Then a phone may still be silent, and its side with it.
constexpr std::chrono::milliseconds first_pause = 30ms, longest_pause = 1s;

}  // namespace

void DoorSide::aim(const sip::Doors::Peer& peer, Time now) {
    const auto moved = [&](const std::optional<sip::Endpoint>& before,
                           const std::optional<sip::Endpoint>& after, Port& port) {
        if (peer_ && before == after) return;
        port = {after, false, {}, {}, 0};
        aimed_at_ = now;
        heard_at_.reset();  // whoever was heard elsewhere may not be there
    };
    const sip::Doors::Peer before = peer_.value_or(sip::Doors::Peer{});
    moved(before.rtp, peer.rtp, at(Component::rtp));
    moved(before.rtcp, peer.rtcp, at(Component::rtcp));
    peer_ = peer;
}

bool DoorSide::takes(Component component, const sip::Endpoint& source, std::size_t size, Time now) {
    Port& port = at(component);
    const bool known = peer_ && std::find(peer_->addresses.begin(), peer_->addresses.end(), source.address) !=
                                    peer_->addresses.end();
    const bool there = port.target == source;
    const bool resting = !port.target && rests();  // held: it may still play music to the other
    if (!known || (port.heard && !there && !resting)) {
        ++traffic_.strangers;
        return false;
    }
    if (!resting) {
        port.target = source;
        port.heard = true;
    }
    heard_at_ = now;
    ++traffic_.packets;
    traffic_.bytes += size;
    return true;
}

std::optional<sip::Endpoint> DoorSide::target(Component component, Time now) const {
    if (outside() && !heard_at_ && now - aimed_at_ > unheard) return std::nullopt;
    return at(component).target;
}

DoorSide::Time DoorSide::due(const Port& port) const {
    if (port.heard) return std::max(port.sent, port.opened) + keep_open;
    if (port.openings == 0) return aimed_at_;
    const auto pause = std::min<std::chrono::milliseconds>(
        first_pause * (1U << std::min(port.openings, 8U)) / 2, longest_pause);
    return port.opened + pause;
}

bool DoorSide::opens(Component component, Time now) {
    Port& port = at(component);
    if (!outside() || !target(component, now) || due(port) > now) return false;
    // One port for both (RFC 5761): another source there would be learnt for sound's.
    if (component == Component::rtcp && peer_->rtcp == peer_->rtp) return false;
    port.opened = now;
    ++port.openings;
    return true;
}

std::optional<DoorSide::Time> DoorSide::next_opening(Time now) const {
    if (!outside()) return std::nullopt;
    std::optional<Time> next;
    for (const Component component : components) {
        const Port& port = at(component);
        if (!target(component, now)) continue;
        if (component == Component::rtcp && peer_->rtcp == peer_->rtp) continue;
        if (!next || due(port) < *next) next = due(port);
    }
    return next;
}

DoorSide::Time DoorSide::silent_since() const noexcept {
    return std::max(heard_at_.value_or(aimed_at_), aimed_at_);
}

}  // namespace node
