// sip/edge/edge.hpp - the SIP edge of a node's own phones: registrar, redirect server, proxy, and the one who
// says no. A core: takes messages with the flow they came on, gives messages to send; opens no socket, reads
// no clock.
// 1. Every request gets exactly one final answer; a retransmission gets the same bytes.
// 2. Never an open relay: what is not for our users needs our users' credentials, or is of a dialog that we
//    brought about (deliverer.hpp).
// 3. Nothing a peer sends throws past receive(), or is remembered without a bound.
// SIP loop only.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "sip/auth/accounts.hpp"
#include "sip/edge/inbound_call.hpp"
#include "sip/edge/router.hpp"
#include "sip/output.hpp"
#include "sip/registrar/binding.hpp"
#include "sip/syntax/next_hop.hpp"

namespace sip {

struct ProxyCounters;

struct EdgeConfig {
    std::string realm = "hedgewitch";
    std::vector<std::string> domains;  // hosts we answer for: key name, configured domains; lowercase
    std::vector<Endpoint> listening;   // an unspecified address stands for whatever flow.local says
    /// Addresses that lead to us though we do not listen there: a router's, with the port it sends on.
    std::function<bool(const asio::ip::address&, std::optional<std::uint16_t> port)> also_own;
    std::chrono::seconds min_expires{60};
    std::chrono::seconds max_expires{7200};
    std::chrono::seconds default_expires{3600};
    std::size_t max_bindings_per_user = 16;
    std::size_t max_transactions = 20'000;  // 503 with Retry-After beyond
    /// False: a redirect server alone. No request is forwarded, no Contact marked, no Route of ours looked
    /// for. True needs an Output that can reach() others.
    bool forwards = false;
    Delivery delivery = Delivery::redirect;         // of accounts that ask for nothing else
    std::vector<std::string> following{"baresip"};  // User-Agents of phones that follow a 302 (UA-BEHAVIOUR)
    /// Keys the flow tokens. Kept over a restart, the dialogs of UDP phones outlive it; empty: as `secret`.
    std::optional<std::array<std::uint8_t, 32>> flow_key;
    std::function<bool(const NextHop&)> may_follow;    // proxy.hpp
    std::function<Endpoint(const Flow&)> own_address;  // proxy.hpp
    std::string server_header = "Hedgewitch/0.1";
    /// Fields that prove to who asks (Hedgewitch-Challenge) that this node answers for `host`, one of
    /// `domains`. Empty: nothing is proved. See domain_proofs.hpp.
    std::function<std::vector<std::pair<std::string, std::string>>(std::string_view host,
                                                                   std::string_view challenge)>
        prove;
    InboundHooks inbound;  // which calls from outside ring, and who gets an answer
};

struct EdgeCounters {
    std::uint64_t received = 0, unreadable = 0, retransmissions = 0, sent_302 = 0;
    std::uint64_t registered = 0, challenged = 0, credentials_refused = 0, replays_refused = 0,
                  relay_refused = 0;
    std::uint64_t proofs_given = 0, proofs_withheld = 0;  // withheld: over 200 a second
    std::map<int, std::uint64_t> answers;                 // final answers, by status
};

class Edge {
public:
    /// Borrows users, store, router and output. `secret` keys nonces, tags and tokens: fresh random at each
    /// start.
    Edge(EdgeConfig config, const std::array<std::uint8_t, 32>& secret, Users& users, BindingStore& store,
         Router& router, Output& output, Now now);
    ~Edge();
    Edge(const Edge&) = delete;  // pending routes point back here
    Edge& operator=(const Edge&) = delete;

    /// `wire` is one datagram, or one message of a stream.
    void receive(const Flow& flow, std::string_view wire, Now now);
    /// A stream whose framing is broken: `header` may still be answered (400) before it is closed.
    void broken_stream(const Flow& flow, std::string_view header, Now now);
    /// What was sent on this flow may not have arrived, and nothing more can be: its connection ended, or
    /// could not be opened.
    void flow_failed(const Flow& flow, Now now);
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> next_wake() const;
    void on_time(Now now);

    /// Live bindings of a user, best q first.
    [[nodiscard]] std::vector<Binding> bindings(std::string_view user, Now now) const;
    /// Would an INVITE of this phone of `user` get a 302? `callee`: the user of ours who is meant, else
    /// empty.
    [[nodiscard]] bool would_redirect(const std::string& user, const Binding& phone,
                                      const std::string& callee, Now now) const;
    /// The router may need to know: does this host (and port) mean us? `flow` tells which address was met.
    [[nodiscard]] bool is_own_host(std::string_view host, std::optional<std::uint16_t> port,
                                   const Flow& flow) const;
    /// Called after the set of live contacts of a user changed (also by expiry, and once for each user
    /// restored).
    std::function<void(const std::string& user)> on_bindings_changed;
    /// Called when a route's answer, coming outside receive() and on_time(), brought next_wake() nearer.
    std::function<void()> on_wake_changed;
    /// Users were added or removed: drops the bindings of those that are gone.
    void users_changed(Now now);
    [[nodiscard]] const EdgeCounters& counters() const noexcept;
    [[nodiscard]] const ProxyCounters& proxied() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sip
