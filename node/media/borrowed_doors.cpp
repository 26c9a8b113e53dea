// node/media/borrowed_doors.cpp - asks, proves, gives back.
#include "node/media/borrowed_doors.hpp"

#include <algorithm>

#include "node/media/door_proof.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using Type = RelayFrame::Type;

bool is_one(const RelayCandidate& a, const RelayCandidate& b) {
    return a.key_hash == b.key_hash;
}

}  // namespace

BorrowedDoors::Lender* BorrowedDoors::lender_of(const RelayCandidate& relay) {
    const auto found = std::find_if(lenders_.begin(), lenders_.end(),
                                    [&](const Lender& one) { return is_one(one.relay, relay); });
    return found == lenders_.end() ? nullptr : &*found;
}

std::size_t BorrowedDoors::borrowed_of(const RelayCandidate& relay) const {
    return static_cast<std::size_t>(std::count_if(
        doors_.begin(), doors_.end(), [&](const auto& one) { return is_one(one.second.relay, relay); }));
}

/// Of whom we have the fewest.
const BorrowedDoors::Lender* BorrowedDoors::next_lender(Time now) const {
    const Lender* best = nullptr;
    for (const Lender& one : lenders_) {
        const bool rests = one.refused && now - *one.refused < refused_for;
        if (rests || borrowed_of(one.relay) >= one.lends) continue;
        if (best == nullptr || borrowed_of(one.relay) < borrowed_of(best->relay)) best = &one;
    }
    return best;
}

void BorrowedDoors::not_held(const RelayCandidate& relay) {
    std::erase_if(lenders_, [&](const Lender& one) { return is_one(one.relay, relay); });
    std::erase_if(doors_,
                  [&](const auto& one) { return !one.second.lent && is_one(one.second.relay, relay); });
}

std::string BorrowedDoors::lender() const {
    const auto found =
        std::find_if(lenders_.begin(), lenders_.end(), [](const Lender& one) { return one.lends > 0; });
    return found == lenders_.end() ? std::string() : found->relay.contact;
}

BorrowedDoors::Actions BorrowedDoors::prepare(Number first_number, Time now) {
    Actions actions;
    if (!next_) next_ = first_number;
    std::size_t free = 0;
    for (auto& [number, door] : doors_) {
        if (door.taken) continue;
        if (door.ports[0].proved) door.asked = now;  // for this call
        ++free;
    }
    for (; free < ahead && doors_.size() < most; ++free) {
        const Lender* const lender = next_lender(now);
        if (lender == nullptr) break;
        while (doors_.contains(*next_))
            ++*next_;
        const Number number = (*next_)++;
        Door& door = doors_[number];
        door.relay = lender->relay;
        door.asked = now;
        ++counters_.asked;
        actions.tell.emplace_back(door.relay, of_door(Type::borrow, number));
    }
    return actions;
}

bool BorrowedDoors::settled(Time now) const {
    return std::none_of(doors_.begin(), doors_.end(), [now](const auto& one) {
        const Door& door = one.second;
        return !door.taken && !door.ports[0].proved && now - door.asked < patience;
    });
}

void BorrowedDoors::tell_aim(Number number, const Door& door, Actions& actions) {
    if (!door.aimed) return;
    const auto& peer = *door.aimed;
    auto frame = of_door(Type::aim, number);
    frame.number = peer.rests ? 1 : 0;
    // IPv4 alone is lent, and there is one address outside.
    const auto there = std::find_if(peer.addresses.begin(), peer.addresses.end(),
                                    [](const auto& address) { return address.is_v4(); });
    if (there != peer.addresses.end()) {
        frame.rtp = {*there, peer.rtp ? peer.rtp->port : std::uint16_t{0}};
        frame.rtcp = {*there, peer.rtcp ? peer.rtcp->port : std::uint16_t{0}};
    }
    actions.tell.emplace_back(door.relay, frame);
}

BorrowedDoors::Actions BorrowedDoors::told(const RelayCandidate& by, const RelayFrame& frame, Time now) {
    Actions actions;
    if (frame.type == Type::lends) {
        Lender* lender = lender_of(by);
        if (lender == nullptr) lender = &lenders_.emplace_back();
        lender->relay = by;
        lender->lends = frame.number;
        lender->refused.reset();
        for (const auto& [number, door] : doors_) {
            if (is_one(door.relay, by)) tell_aim(number, door, actions);  // it may have come back
        }
        return actions;
    }
    const auto found = doors_.find(frame.door);
    if (found == doors_.end() || !is_one(found->second.relay, by)) return actions;
    Door& door = found->second;
    switch (frame.type) {
        case Type::lent:
            if (door.lent) break;
            door.lent = true;
            door.secret = frame.secret;
            door.ports[0].at = frame.rtp;
            door.ports[1].at = frame.rtcp;
            actions.open.push_back(frame.door);
            break;
        case Type::not_lent:
            ++counters_.refused;
            if (Lender* const lender = lender_of(by)) lender->refused = now;
            if (!door.lent) doors_.erase(found);
            break;
        case Type::ended:
            if (door.taken) {
                ++counters_.ended;
                actions.lost.push_back(frame.door);
            } else if (door.lent) {
                actions.close.push_back(frame.door);
            }
            doors_.erase(found);
            break;
        case Type::hello:
        case Type::token:
        case Type::refused:
        case Type::incoming:
        case Type::ping:
        case Type::pong:
        case Type::lends:
        case Type::borrow:
        case Type::aim:
        case Type::give_back: break;
    }
    return actions;
}

std::optional<BorrowedDoors::Taken> BorrowedDoors::take(Time now) {
    for (auto& [number, door] : doors_) {
        if (door.taken || !door.ports[0].proved || door.ports[0].unanswered > 1) continue;
        door.taken = true;
        door.asked = now;
        return Taken{number, door.ports[0].at, door.ports[1].at, door.relay.contact};
    }
    return std::nullopt;
}

BorrowedDoors::Actions BorrowedDoors::aim(Number number, const sip::Doors::Peer& peer) {
    Actions actions;
    const auto found = doors_.find(number);
    if (found == doors_.end()) return actions;
    found->second.aimed = peer;
    tell_aim(number, found->second, actions);
    return actions;
}

void BorrowedDoors::drop(Number number, Actions& actions) {
    const auto found = doors_.find(number);
    if (found == doors_.end()) return;
    actions.tell.emplace_back(found->second.relay, of_door(Type::give_back, number));
    if (found->second.lent && !found->second.taken) actions.close.push_back(number);
    doors_.erase(found);
}

BorrowedDoors::Actions BorrowedDoors::give_back(Number number) {
    Actions actions;
    drop(number, actions);
    return actions;
}

bool BorrowedDoors::answered(Number number, Component component, const sip::Endpoint& source,
                             std::string_view datagram, Time now) {
    const auto found = doors_.find(number);
    if (found == doors_.end()) return false;
    Port& port = found->second.ports[static_cast<std::size_t>(component)];
    const auto proof = parse_door_proof(datagram, found->second.secret);
    if (!proof || source != port.at) return false;
    const bool ours = proof->kind == DoorProof::Kind::answered && proof->component == component &&
                      proof->count <= port.count;
    if (ours) {
        port.proved = true;
        port.unanswered = 0;
        port.sent = now;
    }
    return true;
}

/// At once, and soon again while a call may be waiting.
BorrowedDoors::Time BorrowedDoors::due_at(const Port& port) noexcept {
    constexpr std::array pauses{0ms, 100ms, 200ms, 400ms};
    if (port.proved) return port.sent + proves_every;
    const auto pause = port.unanswered < pauses.size() ? pauses[port.unanswered] : 1000ms;
    return port.sent + pause;
}

std::vector<BorrowedDoors::Send> BorrowedDoors::due(Time now) {
    std::vector<Send> all;
    for (auto& [number, door] : doors_) {
        if (!door.lent) continue;
        for (const Component component : components) {
            Port& port = door.ports[static_cast<std::size_t>(component)];
            if (due_at(port) > now) continue;
            port.sent = now;
            ++port.unanswered;
            all.push_back({number, component, port.at,
                           to_bytes({DoorProof::Kind::shown, component, ++port.count}, door.secret)});
        }
    }
    return all;
}

BorrowedDoors::Actions BorrowedDoors::on_time(Time now) {
    Actions actions;
    std::vector<Number> over;
    for (const auto& [number, door] : doors_) {
        const bool dead = door.taken && door.ports[0].unanswered >= proofs_in_vain;
        if (dead) actions.lost.push_back(number);
        if (door.taken) continue;
        const Port& rtp = door.ports[0];
        const bool silent =
            rtp.proved ? rtp.unanswered >= proofs_in_vain / 2 : now - door.asked >= answers_within;
        if (silent) ++counters_.silent;
        if (silent || now - door.asked >= unused) over.push_back(number);
    }
    for (const Number number : over) {
        const auto& door = doors_.at(number);
        Lender* const lender = lender_of(door.relay);
        if (lender != nullptr && now - door.asked < unused) lender->refused = now;
        drop(number, actions);
    }
    counters_.ended += actions.lost.size();
    for (const Number number : actions.lost)
        drop(number, actions);
    return actions;
}

std::optional<BorrowedDoors::Time> BorrowedDoors::next_wake(Time now) const {
    std::optional<Time> next;
    const auto at_least = [&next](Time when) {
        if (!next || when < *next) next = when;
    };
    for (const auto& [number, door] : doors_) {
        if (!door.taken) {
            at_least(door.asked + (door.ports[0].proved ? std::chrono::milliseconds(unused)
                                                        : std::chrono::milliseconds(answers_within)));
            if (!door.ports[0].proved && door.asked + patience > now) at_least(door.asked + patience);
        }
        if (!door.lent) continue;
        for (const Port& port : door.ports)
            at_least(due_at(port));
    }
    return next;
}

}  // namespace node
