// node/status/node_status.cpp - the overlay's figures, as the status has them.
#include "node/status/node_status.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crypto/name.hpp"
#include "sip/flow.hpp"

namespace node {
namespace {

std::string name_of(overlay::Connectivity c) {
    switch (c) {
        case overlay::Connectivity::disconnected: return "disconnected";
        case overlay::Connectivity::connecting: return "connecting";
        case overlay::Connectivity::connected: return "connected";
    }
    return "";
}

std::string name_of(overlay::Kind kind) {
    switch (kind) {
        case overlay::Kind::contacts: return "contacts";
        case overlay::Kind::delegation: return "delegation";
        case overlay::Kind::tombstone: return "tombstone";
    }
    return "";
}

Counts by_name(const overlay::Refusals& refusals) {
    Counts counts;
    for (std::size_t i = 1; i < refusals.size(); ++i)
        counts.emplace_back(overlay::name(static_cast<overlay::Errc>(i)), refusals[i]);
    return counts;
}

std::int64_t seconds_left(overlay::UnixSeconds end, std::chrono::sys_seconds now) {
    return static_cast<std::int64_t>(end) - now.time_since_epoch().count();
}

}  // namespace

std::string shared_sentence(const overlay::SharedIdentity& shared, std::chrono::sys_seconds now) {
    const auto minutes = std::max<std::int64_t>(0, -seconds_left(shared.met, now) / 60);
    std::string text = fmt::format(
        "Another machine uses this identity and slot {}: {} min ago it had published another record of {}. ",
        shared.slot, minutes, shared.label);
    if (shared.slot_now != shared.slot) {
        return text + fmt::format(
                          "This node writes in slot {} now, so that both are called; if there should "
                          "be one only, stop the other.",
                          shared.slot_now);
    }
    return text +
           "This node has published a newer one. Stop the other machine, or give each its own dht.slot.";
}

namespace {

RecordStatus record_status(const overlay::PublishedRecord& record, std::chrono::sys_seconds now) {
    RecordStatus status;
    status.label = record.label;
    status.owner = crypto::encode_name(record.owner);
    status.kind = name_of(record.kind);
    status.unlisted = record.unlisted;
    status.seq = record.seq;
    status.expires_in_s = seconds_left(record.expires, now);
    status.read_back = record.read_back;
    status.withdrawn = record.withdrawn;
    if (!record.problem.empty()) status.problem = record.problem;
    if (record.shared) status.shared = shared_sentence(*record.shared, now);
    if (record.certified_until != 0) status.certified_for_s = seconds_left(record.certified_until, now);
    return status;
}

}  // namespace

DhtStatus dht_status(const overlay::OverlayStatus& s, std::chrono::sys_seconds now) {
    DhtStatus status;
    status.enabled = true;
    status.connectivity = name_of(s.connectivity);
    status.node_id = s.node_id;
    for (const auto& endpoint : s.listening)
        status.listening.push_back(sip::to_string({endpoint.address(), endpoint.port()}));
    status.good_nodes_v4 = s.good_nodes_v4;
    status.good_nodes_v6 = s.good_nodes_v6;
    status.dubious_nodes_v4 = s.dubious_nodes_v4;
    status.dubious_nodes_v6 = s.dubious_nodes_v6;
    status.stored_values = s.stored_values;
    status.stored_bytes = s.stored_bytes;
    status.packets_in = s.packets_in;
    status.packets_out = s.packets_out;
    status.bytes_in = s.bytes_in;
    status.bytes_out = s.bytes_out;
    static_cast<overlay::StrangerFigures&>(status) = s;
    static_cast<overlay::NeighbourFigures&>(status) = s;
    status.lookups = s.lookups;
    status.cache_hits = s.cache_hits;
    status.refused_as_storer = by_name(s.refused_as_storer);
    status.refused_as_caller = by_name(s.refused_as_caller);
    for (const auto& record : s.published)
        status.published.push_back(record_status(record, now));
    for (const auto& tombstone : s.tombstones)
        status.tombstones.push_back(
            {tombstone.epoch, seconds_left(tombstone.expires, now), tombstone.read_back});
    return status;
}

}  // namespace node
