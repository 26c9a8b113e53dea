// node/daemon/overlay_loop.cpp - configures the overlay, and puts its figures into JSON.
#include "node/daemon/overlay_loop.hpp"

#include "crypto/name.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

overlay::OverlayConfig overlay_config(const Config& config) {
    overlay::OverlayConfig c;
    c.network = config.dht.network;
    c.bootstrap = config.dht.bootstrap;
    for (const auto& endpoint : config.dht.listen)
        c.listen.emplace_back(endpoint.address, endpoint.port);
    c.locations = config.dht.locations;
    c.mesh = config.mesh_prefixes;
    c.slot = config.dht.slot;
    return c;
}

std::string_view name_of(overlay::Connectivity c) {
    switch (c) {
        case overlay::Connectivity::disconnected: return "disconnected";
        case overlay::Connectivity::connecting: return "connecting";
        case overlay::Connectivity::connected: return "connected";
    }
    return "";
}

Json refusals_json(const overlay::Refusals& refusals) {
    Json json = Json::object();
    for (std::size_t i = 1; i < refusals.size(); ++i)
        json[std::string(overlay::name(static_cast<overlay::Errc>(i)))] = refusals[i];
    return json;
}

std::int64_t seconds_left(overlay::UnixSeconds end, std::chrono::sys_seconds now) {
    return static_cast<std::int64_t>(end) - now.time_since_epoch().count();
}

std::string_view name_of(overlay::Kind kind) {
    switch (kind) {
        case overlay::Kind::contacts: return "contacts";
        case overlay::Kind::delegation: return "delegation";
        case overlay::Kind::tombstone: return "tombstone";
    }
    return "";
}

Json record_json(const overlay::PublishedRecord& record, std::chrono::sys_seconds now) {
    Json json{{"label", record.label},
              {"owner", crypto::encode_name(record.owner)},
              {"kind", name_of(record.kind)},
              {"unlisted", record.unlisted},
              {"seq", record.seq},
              {"expires_in_s", seconds_left(record.expires, now)},
              {"read_back", record.read_back},
              {"withdrawn", record.withdrawn}};
    if (!record.problem.empty()) json["problem"] = record.problem;
    if (record.certified_until != 0) json["certified_for_s"] = seconds_left(record.certified_until, now);
    return json;
}

}  // namespace

OverlaySide::OverlaySide(asio::io_context& loop, const Config& config, const StatePaths& paths,
                         const crypto::Identity& identity)
    : database_(paths.database, Durability::power_loss),
      memory_(database_),
      overlay_(loop, overlay_config(config), identity, memory_) {}

Json to_json(const overlay::OverlayStatus& s, std::chrono::sys_seconds now) {
    Json json{{"enabled", true},
              {"connectivity", name_of(s.connectivity)},
              {"node_id", s.node_id},
              {"listening", Json::array()}};
    for (const auto& endpoint : s.listening)
        json["listening"].push_back(sip::to_string({endpoint.address(), endpoint.port()}));
    json["good_nodes_v4"] = s.good_nodes_v4;
    json["good_nodes_v6"] = s.good_nodes_v6;
    json["dubious_nodes_v4"] = s.dubious_nodes_v4;
    json["dubious_nodes_v6"] = s.dubious_nodes_v6;
    json["stored_values"] = s.stored_values;
    json["stored_bytes"] = s.stored_bytes;
    json["packets_in"] = s.packets_in;
    json["packets_out"] = s.packets_out;
    json["bytes_in"] = s.bytes_in;
    json["bytes_out"] = s.bytes_out;
    json["lookups"] = s.lookups;
    json["cache_hits"] = s.cache_hits;
    json["refused_as_storer"] = refusals_json(s.refused_as_storer);
    json["refused_as_caller"] = refusals_json(s.refused_as_caller);
    json["published"] = Json::array();
    for (const auto& record : s.published)
        json["published"].push_back(record_json(record, now));
    json["tombstones"] = Json::array();
    for (const auto& tombstone : s.tombstones) {
        json["tombstones"].push_back({{"epoch", tombstone.epoch},
                                      {"expires_in_s", seconds_left(tombstone.expires, now)},
                                      {"read_back", tombstone.read_back}});
    }
    return json;
}

}  // namespace node
