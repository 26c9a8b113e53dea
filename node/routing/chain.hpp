// node/routing/chain.hpp - the routing chain: who is asked about a name, in which order, and whose word
// counts.
//   own host                      local users; then contacts (petnames, numbers), for our own callers alone;
//                                 a name that is both: 485
//   <56 chars>.hedge.alt          the DHT, for records by that very key; never DNS
//   other names below .alt        404; never DNS (RFC 9476)
//   a zone of the configuration   the DHT, for records by the zone's key; what it delegates to is remembered
//   domain with a bound key       DHT records by that key; or DNS, when it is DNSSEC-secure all the way or
//   the
//                                 host it leads to proves the key. Unproven DNS is only mentioned
//   other domain                  DNS. The key that the host there proves is remembered (first use). Nothing
//   in
//                                 DNS, and no key bound: 480 with a Warning; never a key found in the DHT
//   IP address                    `lookup` shows it; a call is refused: the phone's redirected INVITE may
//                                 come back here, nothing tells it from the first, and no loop may start
//   bob%40<name> at an own host   the name inside: for phones that cannot send a foreign host to us
// A key that is not the one a name is bound to: 403 until the person decides (`hedgewitch trust`).
// SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <map>
#include <memory>
#include <unordered_set>

#include "node/config/config.hpp"
#include "node/dns/key_binding_record.hpp"
#include "node/routing/trace.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/trust_table.hpp"

namespace node {

struct ChainRules {
    OnDnsFailure on_dns_failure = OnDnsFailure::fall_back;
    std::map<std::string, crypto::PublicKey> zones;  // by lowercase suffix
    crypto::PublicKey own_key{};
    std::chrono::milliseconds deadline{4500};  // the edge wants its answer within 5 s
    /// Once an answer could be given, how long a TXT that might bind or change the key is still waited for.
    std::chrono::milliseconds binding_patience{700};
    /// How long a DNS answer that proves itself waits for the DHT, which knows more about the phones.
    std::chrono::milliseconds dht_patience{1500};
    std::size_t max_pending = 1024;  // 503 beyond
};

struct ChainSteps {
    Resolver& local;
    TrustTable& trust;
    ContactTable& contacts;
    Resolver* dns = nullptr;             // switched off
    DomainBindings* bindings = nullptr;  // switched off
    Resolver* dht = nullptr;             // switched off
    /// Does this host mean us? As sip::Edge::is_own_host.
    std::function<bool(const std::string& host, std::optional<std::uint16_t> port, const sip::Flow& flow)>
        is_own_host = {};
    std::function<bool(const std::string& label)> is_user = {};  // of this node
    /// The key whose zone a user of ours belongs to: another one than own_key at an owner's second node.
    std::function<crypto::PublicKey(const std::string& label)> owner_of = {};
    std::function<std::chrono::sys_seconds()> wall = {};
    /// What is wrong with the clock, in a sentence; empty when it may be believed.
    std::function<std::string()> clock_fault = {};
    /// Why this address may not be given out once more for this name; empty: it may, and is counted.
    std::function<std::string(const asio::ip::address& address, const std::string& name)> why_too_often = {};
};

class Chain {
public:
    /// Borrows the steps. Every function of `steps` must be set.
    Chain(asio::io_context& loop, ChainRules rules, ChainSteps steps);
    ~Chain();
    Chain(const Chain&) = delete;  // pending lookups point back here
    Chain& operator=(const Chain&) = delete;

    /// Calls `done` exactly once, on the SIP loop and in 5 s, perhaps before returning.
    void route(const sip::RouteQuestion& question, std::function<void(sip::RouteAnswer)> done);

    /// The same as an own user's call, but asks every step that has a say, past the caches, and keeps the
    /// account. `uri` is as dialled; "sip:" may be missing. `flow` is of the phone that would call.
    void lookup(const std::string& uri, const sip::Flow& flow, std::function<void(Trace)> done);

    [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }

private:
    struct Pending;
    using Shared = std::shared_ptr<Pending>;
    void begin(const Shared& pending, const sip::RouteQuestion& question);
    void find_own(const Shared& pending, bool from_own_user);
    void find_petname(const Shared& pending, const Contact& contact);
    void find_name(const Shared& pending, bool from_contact);
    void find_literal(const Shared& pending, const asio::ip::address& address, bool from_contact);
    void find_by_key(const Shared& pending);
    void judge_delegate(const Shared& pending, const StepAnswer& step);
    // domain_policy.cpp
    void find_domain(const Shared& pending);
    void ask_dht_for_domain(const Shared& pending);
    void on_binding(const Shared& pending, const DnsBinding& found);
    void on_dns(const Shared& pending, const StepAnswer& step);
    void judge_domain(const Shared& pending);
    void judge_bound(const Shared& pending);
    void judge_unbound(const Shared& pending);
    [[nodiscard]] bool waits_for_binding(const Shared& pending);
    void wake_after(const Shared& pending, std::chrono::milliseconds patience, bool Pending::*over);

    void ask(const Shared& pending, Resolver& step, std::function<void(const StepAnswer&)> next);
    void finish_changed(const Shared& pending, const TrustEntry& entry);
    void finish_without_key(const Shared& pending);
    void finish_without_dht(const Shared& pending);
    void finish(const Shared& pending, sip::RouteAnswer answer);
    static void log_call(const Trace& trace);
    void cap(Pending& pending, sip::RouteAnswer& answer);
    Shared make_pending(const std::string& uri, bool whole_account, std::function<void(Trace)> done);

    asio::io_context& loop_;
    ChainRules rules_;
    ChainSteps steps_;
    std::unordered_set<Shared> pending_;
};

}  // namespace node
