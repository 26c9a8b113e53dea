// sip/transport/connection_ledger.cpp - counts connections and bytes by source.
#include "sip/transport/connection_ledger.hpp"

#include <algorithm>

namespace sip {

void IdsBySource::add(const asio::ip::address& source, std::uint64_t id) {
    auto& ids = ids_[source];
    if (!ids.insert(id).second) return;
    ++size_;
    rank(source, ids.size() - 1, ids.size());
}

void IdsBySource::remove(const asio::ip::address& source, std::uint64_t id) {
    const auto found = ids_.find(source);
    if (found == ids_.end() || found->second.erase(id) == 0) return;
    --size_;
    rank(source, found->second.size() + 1, found->second.size());
    if (found->second.empty()) ids_.erase(found);
}

void IdsBySource::rank(const asio::ip::address& source, std::size_t before, std::size_t after) {
    if (before > 0) greediest_.erase({before, source});
    if (after > 0) greediest_.emplace(after, source);
}

std::size_t IdsBySource::of(const asio::ip::address& source) const {
    const auto found = ids_.find(source);
    return found == ids_.end() ? 0 : found->second.size();
}

std::optional<std::uint64_t> IdsBySource::oldest_of(const asio::ip::address& source) const {
    const auto found = ids_.find(source);
    if (found == ids_.end()) return std::nullopt;
    return *found->second.begin();
}

std::optional<std::uint64_t> IdsBySource::oldest_of_greediest() const {
    if (greediest_.empty()) return std::nullopt;
    return oldest_of(greediest_.rbegin()->second);
}

ConnectionLedger::Room ConnectionLedger::room_for(const asio::ip::address& source, bool handshake) const {
    const auto found = sources_.find(source);
    if (found != sources_.end() && found->second.connections >= limits_.connections_per_source) {
        const auto ended = one_sided_.oldest_of(source);
        return {false, ended ? ended : unknown_.oldest_of(source)};
    }
    if (limits_.connections_per_source == 0) return {};
    if (handshake && securing_.of(source) >= limits_.handshakes_per_source)
        return {false, securing_.oldest_of(source)};
    if (handshake && securing_.size() >= limits_.handshakes) return {false, securing_.oldest_of_greediest()};
    if (entries_.size() >= limits_.connections) return {false, unknown_.oldest_of_greediest()};
    return {true, std::nullopt};
}

void ConnectionLedger::file(Id id, const Entry& entry) {
    if (entry.one_sided) one_sided_.add(entry.source, id);
    if (entry.standing == Standing::securing) securing_.add(entry.source, id);
    if (entry.standing != Standing::known) unknown_.add(entry.source, id);
}

void ConnectionLedger::unfile(Id id, const Entry& entry) {
    one_sided_.remove(entry.source, id);
    securing_.remove(entry.source, id);
    unknown_.remove(entry.source, id);
}

void ConnectionLedger::add(Id id, const asio::ip::address& source, Standing standing) {
    ++sources_[source].connections;
    file(id, entries_[id] = {source, standing, false, 0});
}

void ConnectionLedger::stands(Id id, Standing standing) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    unfile(id, found->second);
    found->second.standing = standing;
    file(id, found->second);
}

void ConnectionLedger::one_sided(Id id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    found->second.one_sided = true;
    file(id, found->second);
}

void ConnectionLedger::holds(Id id, std::size_t bytes) {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.bytes == bytes) return;
    Source& source = sources_.at(found->second.source);
    source.bytes += bytes - found->second.bytes;
    bytes_ += bytes - found->second.bytes;
    found->second.bytes = bytes;
}

/// Walks over all of them: only when the bound is met, and then one ends.
std::optional<ConnectionLedger::Id> ConnectionLedger::too_large() const {
    if (bytes_ <= limits_.held_bytes) return std::nullopt;
    const auto greediest =
        std::max_element(sources_.begin(), sources_.end(),
                         [](const auto& a, const auto& b) { return a.second.bytes < b.second.bytes; });
    std::optional<Id> largest;
    std::size_t most = 0;
    for (const auto& [id, entry] : entries_) {
        if (entry.source != greediest->first || entry.bytes <= most) continue;
        largest = id;
        most = entry.bytes;
    }
    return largest;
}

void ConnectionLedger::remove(Id id) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    unfile(id, found->second);
    bytes_ -= found->second.bytes;
    const auto source = sources_.find(found->second.source);
    source->second.bytes -= found->second.bytes;
    if (--source->second.connections == 0) sources_.erase(source);
    entries_.erase(found);
}

}  // namespace sip
