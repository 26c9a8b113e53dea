// sip/edge/pending_routes.cpp - requests that wait for an answer of the host.
#include "sip/edge/pending_routes.hpp"

#include <utility>

namespace sip {

RouteId PendingRoutes::add(const Key& key, Pending pending, Time now) {
    Entry& entry =
        entries_.try_emplace(key, Entry{++serial_, std::move(pending), now + deadline}).first->second;
    bytes_ += entry.pending.request.bytes();
    const Method method = entry.pending.request.method();
    const auto patience = method == Method::invite ? trying_after : slow_trying_after;
    // An ACK has no answer at all.
    timers_.set(entry.timer, key, method == Method::ack ? entry.expires : now + patience);
    return {key, entry.serial};
}

std::optional<PendingRoutes::Pending> PendingRoutes::take(const Key& key,
                                                          std::optional<std::uint64_t> serial) {
    const auto it = entries_.find(key);
    if (it == entries_.end() || (serial && it->second.serial != *serial)) return std::nullopt;
    Pending pending = std::move(it->second.pending);
    entries_.erase(it);
    bytes_ -= pending.request.bytes();
    return pending;
}

const PendingRoutes::Pending* PendingRoutes::find(const Key& key) const {
    const auto it = entries_.find(key);
    return it == entries_.end() ? nullptr : &it->second.pending;
}

std::optional<PendingRoutes::Due> PendingRoutes::next_due(Time now) {
    const Key* const key = timers_.due(now);
    if (key == nullptr) return std::nullopt;
    const Due due{*key, entries_.at(*key).expires <= now};
    Entry& entry = entries_.at(due.key);
    if (!due.expired) {
        entry.pending.tried = true;
        timers_.set(entry.timer, due.key, entry.expires);
    }
    return due;
}

}  // namespace sip
