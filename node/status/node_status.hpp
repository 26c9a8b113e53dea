// node/status/node_status.hpp - what `hedgewitch status` is told: every figure of the running node, by its
// name in `status --json`. Values only: any thread.
#pragma once

#include "node/inbound/inbound.hpp"
#include "node/json_fields.hpp"
#include "node/media/media_status.hpp"
#include "node/reach/reach_status.hpp"
#include "node/routing/dns_step.hpp"
#include "node/status/login_faults.hpp"
#include "overlay/overlay_status.hpp"

namespace node {

struct UserStatus {
    std::string user;
    std::size_t phones = 0;
    static void fields(auto& self, auto& field) {
        field("user", self.user);
        field("phones", self.phones);
    }
};

struct ClockStatus {
    std::string verdict, says;
    std::string doubt;  // a question: the clocks of others stand elsewhere. Empty: they do not
    static void fields(auto& self, auto& field) {
        field("verdict", self.verdict);
        field("says", self.says);
        field("doubt", self.doubt);
    }
};

struct TrustStatus {
    std::size_t names = 0;             // that are bound to a key
    std::vector<std::string> changed;  // whose key waits for the person
    static void fields(auto& self, auto& field) {
        field("names", self.names);
        field("changed", self.changed);
    }
};

/// node/routing/target_cap.hpp
struct CapsStatus {
    std::uint64_t admitted = 0, too_often = 0, too_many_names = 0;
    static void fields(auto& self, auto& field) {
        field("admitted", self.admitted);
        field("too_often", self.too_often);
        field("too_many_names", self.too_many_names);
    }
};

struct SipStatus {
    std::uint64_t received = 0, unreadable = 0, retransmissions = 0, registered = 0, sent_302 = 0;
    std::uint64_t responses_refused = 0;
    std::uint64_t proxied = 0, proxy_branches = 0, proxy_failovers = 0;
    std::uint64_t challenged = 0, credentials_refused = 0, replays_refused = 0, relay_refused = 0;
    std::uint64_t dialogs_refused = 0;  // who has no part, or no more, in the dialog that they name
    std::uint64_t hung_up = 0;          // calls whose other end was gone
    Counts answers;                     // final ones, by status
    std::size_t lookups_pending = 0;
    std::vector<LoginFailure> login_failures;  // the latest first
    static void fields(auto& self, auto& field) {
        field("received", self.received);
        field("unreadable", self.unreadable);
        field("responses_refused", self.responses_refused);
        field("retransmissions", self.retransmissions);
        field("registered", self.registered);
        field("sent_302", self.sent_302);
        field("proxied", self.proxied);
        field("proxy_branches", self.proxy_branches);
        field("proxy_failovers", self.proxy_failovers);
        field("challenged", self.challenged);
        field("credentials_refused", self.credentials_refused);
        field("replays_refused", self.replays_refused);
        field("relay_refused", self.relay_refused);
        field("dialogs_refused", self.dialogs_refused);
        field("hung_up", self.hung_up);
        field("answers", self.answers);
        field("lookups_pending", self.lookups_pending);
        field("login_failures", self.login_failures);
    }
};

struct TransportStatus {
    std::uint64_t datagrams_in = 0, datagrams_out = 0, datagrams_dropped = 0;
    std::uint64_t connections_open = 0, connections_accepted = 0, connections_opened = 0;
    std::uint64_t connections_refused = 0, connections_closed_bad = 0, connections_made_room = 0;
    std::uint64_t connections_most = 0, accept_errors = 0, bytes_held = 0;
    static void fields(auto& self, auto& field) {
        field("datagrams_in", self.datagrams_in);
        field("datagrams_out", self.datagrams_out);
        field("datagrams_dropped", self.datagrams_dropped);
        field("connections_open", self.connections_open);
        field("connections_accepted", self.connections_accepted);
        field("connections_opened", self.connections_opened);
        field("connections_refused", self.connections_refused);
        field("connections_closed_bad", self.connections_closed_bad);
        field("connections_made_room", self.connections_made_room);
        field("connections_most", self.connections_most);
        field("accept_errors", self.accept_errors);
        field("bytes_held", self.bytes_held);
    }
};

struct TlsStatus {
    std::string key_hash;  // hex
    std::uint64_t accepted = 0, opened = 0, failed = 0, edges_that_called = 0, edges_called = 0;
    static void fields(auto& self, auto& field) {
        field("key_hash", self.key_hash);
        field("accepted", self.accepted);
        field("opened", self.opened);
        field("failed", self.failed);
        field("edges_that_called", self.edges_that_called);
        field("edges_called", self.edges_called);
    }
};

struct RecordStatus {
    std::string label, owner, kind;
    bool unlisted = false;
    unsigned seq = 0;
    std::int64_t expires_in_s = 0;
    unsigned read_back = 0;  // at how many places
    bool withdrawn = false;
    std::optional<std::string> problem;  // the end of a sentence
    std::optional<std::string> shared;   // a sentence: another machine writes as this node does
    std::optional<std::int64_t> certified_for_s;
    static void fields(auto& self, auto& field) {
        field("label", self.label);
        field("owner", self.owner);
        field("kind", self.kind);
        field("unlisted", self.unlisted);
        field("seq", self.seq);
        field("expires_in_s", self.expires_in_s);
        field("read_back", self.read_back);
        field("withdrawn", self.withdrawn);
        field("problem", self.problem);
        field("shared", self.shared);
        field("certified_for_s", self.certified_for_s);
    }
};

struct TombstoneStatus {
    std::uint32_t epoch = 0;
    std::int64_t expires_in_s = 0;
    unsigned read_back = 0;
    static void fields(auto& self, auto& field) {
        field("epoch", self.epoch);
        field("expires_in_s", self.expires_in_s);
        field("read_back", self.read_back);
    }
};

/// "overlay": when the DHT is switched off, {"enabled": false} and nothing else.
struct DhtStatus : overlay::StrangerFigures, overlay::NeighbourFigures {
    bool enabled = false;
    std::string connectivity, node_id;
    std::vector<std::string> listening;
    unsigned good_nodes_v4 = 0, good_nodes_v6 = 0, dubious_nodes_v4 = 0, dubious_nodes_v6 = 0;
    std::size_t stored_values = 0, stored_bytes = 0;  // for others
    std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
    std::uint64_t lookups = 0, cache_hits = 0;
    Counts refused_as_storer, refused_as_caller;  // by why
    std::vector<RecordStatus> published;
    std::vector<TombstoneStatus> tombstones;
    static void fields(auto& self, auto& field) {
        field("enabled", self.enabled);
        if (!self.enabled) return;
        field("connectivity", self.connectivity);
        field("node_id", self.node_id);
        field("listening", self.listening);
        field("good_nodes_v4", self.good_nodes_v4);
        field("good_nodes_v6", self.good_nodes_v6);
        field("dubious_nodes_v4", self.dubious_nodes_v4);
        field("dubious_nodes_v6", self.dubious_nodes_v6);
        field("stored_values", self.stored_values);
        field("stored_bytes", self.stored_bytes);
        field("packets_in", self.packets_in);
        field("packets_out", self.packets_out);
        field("bytes_in", self.bytes_in);
        field("bytes_out", self.bytes_out);
        overlay::StrangerFigures::fields(self, field);
        overlay::NeighbourFigures::fields(self, field);
        field("lookups", self.lookups);
        field("cache_hits", self.cache_hits);
        field("refused_as_storer", self.refused_as_storer);
        field("refused_as_caller", self.refused_as_caller);
        field("published", self.published);
        field("tombstones", self.tombstones);
    }
};
/// What that means, and what to do.
[[nodiscard]] std::string shared_sentence(const overlay::SharedIdentity& shared,
                                          std::chrono::sys_seconds now);
[[nodiscard]] DhtStatus dht_status(const overlay::OverlayStatus& status, std::chrono::sys_seconds now);

/// What the node cannot do as it should because of the machine.
struct MachineStatus {
    std::string state_fault;           // why the state file cannot be written; empty: it can
    std::size_t unwritten_users = 0;   // whose phones are known until the node stops
    std::uint64_t log_lines_lost = 0;  // since whoever reads the log was too slow
    static void fields(auto& self, auto& field) {
        field("state_fault", self.state_fault);
        field("unwritten_users", self.unwritten_users);
        field("log_lines_lost", self.log_lines_lost);
    }
};

struct AboutStatus {
    std::string version, address, state;  // the state directory
    std::int64_t running_for_s = 0;
};

struct NodeStatus {
    AboutStatus about;
    MachineStatus machine;
    std::vector<std::string> listening, advertised;
    std::vector<std::string> ways_in;  // nodes of the DHT that invites name: this one, or a friend's
    std::vector<UserStatus> users;
    std::optional<DnssecStatus> dns;  // none: switched off
    ClockStatus clock;
    ReachStatus reach;
    TrustStatus trust;
    std::size_t contacts = 0;
    InboundStatus inbound;
    bool revoked = false;  // the node's own key is given up
    CapsStatus caps;
    SipStatus sip;
    MediaStatus media;
    TransportStatus transport;
    TlsStatus tls;
    std::uint32_t dht_network = 0;
    DhtStatus overlay;
    static void fields(auto& self, auto& field) {
        field("version", self.about.version);
        field("address", self.about.address);
        field("state", self.about.state);
        field("running_for_s", self.about.running_for_s);
        field("machine", self.machine);
        field("listening", self.listening);
        field("advertised", self.advertised);
        field("ways_in", self.ways_in);
        field("users", self.users);
        field("dns", self.dns);
        field("clock", self.clock);
        field("reach", self.reach);
        field("trust", self.trust);
        field("contacts", self.contacts);
        field("inbound", self.inbound);
        field("revoked", self.revoked);
        field("caps", self.caps);
        field("sip", self.sip);
        field("media", self.media);
        field("transport", self.transport);
        field("tls", self.tls);
        field("dht_network", self.dht_network);
        field("overlay", self.overlay);
    }
};

}  // namespace node
