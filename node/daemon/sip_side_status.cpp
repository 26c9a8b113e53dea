// node/daemon/sip_side_status.cpp - what `hedgewitch status` shows of the SIP side. A part of the status is a
// function.
#include <fmt/format.h>

#include "node/addresses.hpp"
#include "node/daemon/sip_side.hpp"
#include "sip/proxy/proxy.hpp"

namespace node {

namespace {

using Json = nlohmann::ordered_json;

/// How many names are bound, and those whose key waits for the person.
Json trust_json(const std::vector<TrustEntry>& entries) {
    Json json{{"names", entries.size()}, {"changed", Json::array()}};
    for (const auto& entry : entries) {
        if (entry.new_key) json["changed"].push_back(entry.name);
    }
    return json;
}

Json sip_json(const sip::Edge& edge) {
    const sip::EdgeCounters& c = edge.counters();
    const sip::ProxyCounters& p = edge.proxied();
    const auto& answers = edge.answers();
    Json json{{"received", c.received},
              {"unreadable", c.unreadable},
              {"retransmissions", c.retransmissions},
              {"registered", c.registered},
              {"sent_302", answers.contains(302) ? answers.at(302) : 0},
              {"proxied", p.forwarded},
              {"proxy_branches", p.branches},
              {"proxy_failovers", p.failovers},
              {"challenged", c.challenged},
              {"credentials_refused", c.credentials_refused},
              {"replays_refused", c.replays_refused},
              {"relay_refused", c.relay_refused},
              {"answers", Json::object()}};
    for (const auto& [status, count] : answers)
        json["answers"][std::to_string(status)] = count;
    return json;
}

Json transport_json(const sip::TransportCounters& t) {
    return {{"datagrams_in", t.datagrams_in},
            {"datagrams_out", t.datagrams_out},
            {"datagrams_dropped", t.datagrams_dropped},
            {"connections_open", t.connections_open},
            {"connections_accepted", t.connections_accepted},
            {"connections_opened", t.connections_opened},
            {"connections_refused", t.connections_refused},
            {"connections_closed_bad", t.connections_closed_bad}};
}

Json tls_json(const sip::KeyHash& key_hash, const sip::TransportCounters& t) {
    return {{"key_hash", fmt::format("{:02x}", fmt::join(key_hash, ""))},
            {"accepted", t.tls_accepted},
            {"opened", t.tls_opened},
            {"failed", t.tls_failed},
            {"edges_that_called", t.tls_edges},
            {"edges_called", t.tls_pinned}};
}

}  // namespace

std::vector<overlay::TransportAddress> SipSide::bound() const {
    std::vector<overlay::TransportAddress> all;
    for (const auto& listen : transports_->bound()) {
        all.push_back({to_overlay(listen.transport), listen.endpoint.address, listen.endpoint.port});
    }
    return all;
}

Json SipSide::status() const {
    Json json{{"listening", Json::array()}, {"advertised", Json::array()}, {"users", Json::array()}};
    for (const auto& address : bound())
        json["listening"].push_back(to_text(address));
    for (const auto& address : advertised_)
        json["advertised"].push_back(to_text(address));
    for (const auto& user : users_.all()) {
        json["users"].push_back(
            {{"user", user.label}, {"phones", edge_->bindings(user.label, now()).size()}});
    }
    if (dns_) json["dns"] = dns_->status();
    json["clock"] = {{"verdict", name(clock_judgement_.verdict)}, {"says", clock_judgement_.says}};
    json["reach"] = reach_->status();
    json["trust"] = trust_json(trust_.all());
    json["contacts"] = contacts_.size();
    json["inbound"] = inbound_->status();
    json["revoked"] = tombstones_.own_revoked();
    const TargetCapCounters& caps = cap_.counters();
    json["caps"] = {
        {"admitted", caps.admitted}, {"too_often", caps.too_often}, {"too_many_names", caps.too_many_names}};
    json["sip"] = sip_json(*edge_);
    json["sip"]["lookups_pending"] = chain_->pending();
    json["transport"] = transport_json(transports_->counters());
    json["tls"] = tls_json(tls_->key_hash(), transports_->counters());
    return json;
}

}  // namespace node
