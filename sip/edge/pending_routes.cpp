// sip/edge/pending_routes.cpp - requests that wait for an answer of the host.
#include "sip/edge/pending_routes.hpp"

namespace sip {

RouteId PendingRoutes::add(const Key& key, Pending pending, Time now) {
    Entry entry;
    entry.pending = std::move(pending);
    entry.serial = ++serial_;
    entry.expires = now + deadline;
    // RFC 4320 §4.1: no 100 for a request other than INVITE; it would only delay the client's timer E.
    entry.wake = entry.pending.request.method() == Method::invite ? now + trying_after : entry.expires;
    bytes_ += entry.pending.request.bytes();
    wakes_.emplace(entry.wake, key);
    entries_.emplace(key, std::move(entry));
    return {key, serial_};
}

std::optional<PendingRoutes::Pending> PendingRoutes::take(const Key& key,
                                                          std::optional<std::uint64_t> serial) {
    const auto it = entries_.find(key);
    if (it == entries_.end() || (serial && it->second.serial != *serial)) return std::nullopt;
    Pending pending = std::move(it->second.pending);
    wakes_.erase({it->second.wake, key});
    entries_.erase(it);
    bytes_ -= pending.request.bytes();
    return pending;
}

const PendingRoutes::Pending* PendingRoutes::find(const Key& key) const {
    const auto it = entries_.find(key);
    return it == entries_.end() ? nullptr : &it->second.pending;
}

std::optional<PendingRoutes::Due> PendingRoutes::next_due(Time now) {
    if (wakes_.empty() || wakes_.begin()->first > now) return std::nullopt;
    const Key key = wakes_.begin()->second;
    Entry& entry = entries_.at(key);
    const bool expired = entry.expires <= now;
    wakes_.erase(wakes_.begin());
    entry.wake = entry.expires;
    entry.pending.tried = entry.pending.tried || !expired;
    wakes_.emplace(entry.wake, key);
    return Due{key, expired};
}

std::optional<PendingRoutes::Time> PendingRoutes::next_wake() const {
    if (wakes_.empty()) return std::nullopt;
    return wakes_.begin()->first;
}

}  // namespace sip
