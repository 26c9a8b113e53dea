// node/daemon/sip_status.cpp - counters into the status.
#include "node/daemon/sip_status.hpp"

#include <fmt/format.h>

namespace node {

TrustStatus trust_status(const std::vector<TrustEntry>& entries) {
    TrustStatus status;
    status.names = entries.size();
    for (const auto& entry : entries) {
        if (entry.new_key) status.changed.push_back(entry.name);
    }
    return status;
}

CapsStatus caps_status(const TargetCapCounters& c) {
    return {c.admitted, c.too_often, c.too_many_names};
}

void add_gate(InboundStatus& status, const sip::Edge& edge) {
    const sip::GateCounters& gate = edge.guarded();
    status.ignored = edge.counters().ignored;
    status.silent = gate.silent;
    status.scanners = gate.scanners;
    status.unlooked = gate.unlooked;
    status.withheld = edge.withheld();
}

SipStatus sip_status(const sip::Edge& edge, std::size_t lookups_pending) {
    const sip::EdgeCounters& c = edge.counters();
    const sip::ProxyCounters& p = edge.proxied();
    SipStatus status;
    status.received = c.received;
    status.unreadable = c.unreadable;
    status.responses_refused = c.responses_refused + p.misfits;
    status.retransmissions = c.retransmissions;
    status.registered = c.registered;
    status.proxied = p.forwarded;
    status.proxy_branches = p.branches;
    status.proxy_failovers = p.failovers;
    status.challenged = c.challenged;
    status.credentials_refused = c.credentials_refused;
    status.replays_refused = c.replays_refused;
    status.relay_refused = c.relay_refused;
    status.dialogs_refused = c.dialogs_refused;
    status.hung_up = edge.hung_up();
    for (const auto& [code, count] : edge.answers()) {
        status.answers.emplace_back(std::to_string(code), count);
        if (code == 302) status.sent_302 = count;
    }
    status.lookups_pending = lookups_pending;
    return status;
}

TransportStatus transport_status(const sip::TransportCounters& t) {
    TransportStatus status;
    status.datagrams_in = t.datagrams_in;
    status.datagrams_out = t.datagrams_out;
    status.datagrams_dropped = t.datagrams_dropped;
    status.connections_open = t.connections_open;
    status.connections_accepted = t.connections_accepted;
    status.connections_opened = t.connections_opened;
    status.connections_refused = t.connections_refused;
    status.connections_closed_bad = t.connections_closed_bad;
    status.connections_made_room = t.connections_made_room;
    status.connections_most = t.connections_most;
    status.accept_errors = t.accept_errors;
    status.bytes_held = t.bytes_held;
    return status;
}

TlsStatus tls_status(const sip::KeyHash& key_hash, const sip::TransportCounters& t) {
    TlsStatus status;
    status.key_hash = fmt::format("{:02x}", fmt::join(key_hash, ""));
    status.accepted = t.tls_accepted;
    status.opened = t.tls_opened;
    status.failed = t.tls_failed;
    status.edges_that_called = t.tls_edges;
    status.edges_called = t.tls_pinned;
    return status;
}

}  // namespace node
