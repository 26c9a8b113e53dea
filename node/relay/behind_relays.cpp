// node/relay/behind_relays.cpp - asks relays, keeps them, and lets them go.
#include "node/relay/behind_relays.hpp"

#include <algorithm>

namespace node {
namespace {

using Type = RelayFrame::Type;

std::string bytes_of_type(Type type, std::uint8_t number = 0) {
    RelayFrame frame;
    frame.type = type;
    frame.number = number;
    return to_bytes(frame);
}

}  // namespace

void BehindRelays::set_reached(bool reached, Time now) {
    if (reached == reached_) return;
    reached_ = reached;
    since_ = now;
}

bool BehindRelays::wanted(Time now) const {
    return doors_wanted_ || wanted_for_calls(now);
}

bool BehindRelays::wanted_for_calls(Time now) const {
    return reached_ ? since_ != Time{} && now < since_ + ends_after : now >= since_ + begins_after;
}

bool BehindRelays::lacks_relays(Time now) const {
    const auto held = std::count_if(known_.begin(), known_.end(),
                                    [](const Known& known) { return known.standing == Standing::held; });
    return asks() && wanted(now) && static_cast<std::size_t>(held) < most_held;
}

void BehindRelays::set_candidates(std::vector<RelayCandidate> candidates, Time now) {
    std::vector<Known> next;
    for (Known& known : known_) {
        if (known.standing == Standing::held || known.standing == Standing::opening || known.lost_at)
            next.push_back(std::move(known));
    }
    for (RelayCandidate& candidate : candidates) {
        if (next.size() >= most_candidates) break;
        // Two people may be at one node.
        const bool is_there = std::any_of(next.begin(), next.end(), [&](const Known& known) {
            return known.relay.key_hash == candidate.key_hash;
        });
        if (is_there) continue;
        const auto before = std::find_if(known_.begin(), known_.end(), [&](const Known& known) {
            return known.relay == candidate && !known.flow;
        });
        if (before != known_.end()) {
            next.push_back(*before);
        } else {
            Known fresh;
            fresh.relay = std::move(candidate);
            fresh.next_try = now;
            next.push_back(std::move(fresh));
        }
    }
    known_ = std::move(next);
}

BehindRelays::Known* BehindRelays::at(const sip::Flow& flow) {
    const auto found =
        std::find_if(known_.begin(), known_.end(), [&](const Known& known) { return known.flow == flow; });
    return found == known_.end() ? nullptr : &*found;
}

bool BehindRelays::knows(const sip::Flow& flow) const {
    return std::any_of(known_.begin(), known_.end(), [&](const Known& known) { return known.flow == flow; });
}

std::optional<sip::Flow> BehindRelays::held(const sip::KeyHash& relay) const {
    const auto found = std::find_if(known_.begin(), known_.end(), [&](const Known& known) {
        return known.standing == Standing::held && known.relay.key_hash == relay;
    });
    return found == known_.end() ? std::nullopt : found->flow;
}

std::size_t BehindRelays::under_way() const {
    return static_cast<std::size_t>(std::count_if(known_.begin(), known_.end(), [](const Known& known) {
        return known.standing == Standing::held || known.standing == Standing::opening;
    }));
}

/// Its connection is gone, or none could be made.
void BehindRelays::rest(Known& known, Time now) {
    known.flow.reset();
    if (known.token && !known.lost_at) known.lost_at = now;
    if (known.standing == Standing::refused) {
        known.next_try = now + refused_for;
        known.token.reset();
        known.lost_at.reset();
        return;
    }
    known.standing = Standing::resting;
    const auto pause = std::chrono::seconds(1LL << std::min(known.failures, 9U));
    known.next_try = now + std::min<std::chrono::seconds>(pause, longest_rest);
    ++known.failures;
}

BehindRelays::Actions BehindRelays::opened(const RelayCandidate& relay, std::optional<sip::Flow> flow,
                                           Time now) {
    Actions actions;
    const auto found =
        std::find_if(known_.begin(), known_.end(), [&](const Known& known) { return known.relay == relay; });
    if (found == known_.end()) {
        if (flow) actions.close.push_back(*flow);
        return actions;
    }
    if (!flow) {
        rest(*found, now);
        return actions;
    }
    found->standing = Standing::opening;
    found->flow = flow;
    found->heard = found->pinged = found->opened = now;
    actions.send.emplace_back(*flow, bytes_of_type(Type::hello, relay_version));
    return actions;
}

BehindRelays::Actions BehindRelays::frame(const sip::Flow& flow, const RelayFrame& frame, Time now) {
    Actions actions;
    Known* const known = at(flow);
    if (known == nullptr) {
        actions.close.push_back(flow);
        return actions;
    }
    known->heard = now;
    switch (frame.type) {
        case Type::token:
            known->standing = Standing::held;
            known->token = frame.token;
            known->lost_at.reset();
            known->why.reset();
            known->failures = 0;
            break;
        case Type::refused:
            known->standing = Standing::refused;
            known->why = static_cast<RelayRefusal>(frame.number);
            actions.close.push_back(flow);
            rest(*known, now);
            break;
        case Type::incoming:
            if (known->standing == Standing::held) actions.answer.emplace_back(known->relay.at, frame.pipe);
            break;
        case Type::ping: actions.send.emplace_back(flow, bytes_of_type(Type::pong)); break;
        case Type::lends:
        case Type::lent:
        case Type::not_lent:
        case Type::ended:
            if (known->standing == Standing::held) actions.doors.emplace_back(known->relay, frame);
            break;
        case Type::hello:
        case Type::pong:
        case Type::borrow:
        case Type::aim:
        case Type::give_back: break;
    }
    return actions;
}

void BehindRelays::flow_failed(const sip::Flow& flow, Time now) {
    if (Known* const known = at(flow)) rest(*known, now);
}

BehindRelays::Actions BehindRelays::moved(Time now) {
    Actions actions;
    for (Known& known : known_) {
        if (!known.flow || now < known.opened + settles) continue;
        actions.close.push_back(*known.flow);
        known.failures = 0;
        rest(known, now);
        known.next_try = now;
    }
    if (asks() && wanted(now)) open_more(now, actions);
    return actions;
}

void BehindRelays::look_after(Known& known, Time now, Actions& actions) {
    if (known.lost_at && now >= *known.lost_at + grace) {
        known.token.reset();
        known.lost_at.reset();
    }
    if (!known.flow) return;
    const sip::Flow flow = *known.flow;
    if (!wanted(now)) {
        known.token.reset();
        actions.close.push_back(flow);
        return rest(known, now);
    }
    const bool asked = known.standing == Standing::opening || known.pinged > known.heard;
    if (asked && now >= std::max(known.pinged, known.heard) + patience) {
        actions.close.push_back(flow);
        return rest(known, now);
    }
    if (known.standing == Standing::held && !asked && now >= known.heard + ping_every) {
        known.pinged = now;
        actions.send.emplace_back(flow, bytes_of_type(Type::ping));
    }
}

void BehindRelays::open_more(Time now, Actions& actions) const {
    auto room = most_held - std::min(under_way(), most_held);
    for (const Known& known : known_) {
        if (room == 0) break;
        if (known.flow || now < known.next_try) continue;
        actions.open.push_back(known.relay);
        --room;
    }
}

BehindRelays::Actions BehindRelays::on_time(Time now) {
    Actions actions;
    for (Known& known : known_)
        look_after(known, now, actions);
    if (asks() && wanted(now)) open_more(now, actions);
    return actions;
}

std::optional<BehindRelays::Time> BehindRelays::next_wake(Time now) const {
    std::optional<Time> wake;
    const auto at_least = [&](Time when) {
        if (!wake || when < *wake) wake = when;
    };
    if (!reached_ && !wanted(now)) at_least(since_ + begins_after);
    for (const Known& known : known_) {
        if (known.lost_at) at_least(*known.lost_at + grace);
        if (!known.flow) {
            if (asks() && under_way() < most_held)
                at_least(doors_wanted_ ? known.next_try : std::max(known.next_try, since_ + begins_after));
            continue;
        }
        if (!asks()) at_least(since_ + ends_after);
        const bool asked = known.standing == Standing::opening || known.pinged > known.heard;
        at_least(asked ? std::max(known.pinged, known.heard) + patience : known.heard + ping_every);
    }
    return wake;
}

std::vector<overlay::ThroughEdge> BehindRelays::through(const crypto::Bytes<32>& tls_key_hash) const {
    std::vector<overlay::ThroughEdge> edges;
    if (reached_ && doors_wanted_) return edges;
    for (const Known& known : known_) {
        if (!known.token || edges.size() == 4) continue;
        edges.push_back({known.relay.at.address, known.relay.at.port, *known.token, tls_key_hash});
    }
    return edges;
}

}  // namespace node
