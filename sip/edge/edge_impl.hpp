// sip/edge/edge_impl.hpp - the inside of the edge. Included by sip/edge*.cpp alone:
//   edge.cpp           answers, time, and the public face
//   edge_requests.cpp  the order in which a request is looked at, and who is asked about it
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sip/auth/digest.hpp"
#include "sip/auth/digest_algorithms.hpp"
#include "sip/edge/deliverer.hpp"
#include "sip/edge/domain_proofs.hpp"
#include "sip/edge/edge.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/edge/pending_routes.hpp"
#include "sip/edge/request_target.hpp"
#include "sip/registrar/registrar.hpp"
#include "sip/syntax/message.hpp"
#include "sip/transaction/server_transactions.hpp"

namespace sip {

inline constexpr std::string_view overload_seconds = "5";  // of a Retry-After

struct Edge::Impl : Upstream {
    using Key = ServerTransactions::Key;
    using Resend = ServerTransactions::Resend;
    using Time = std::chrono::steady_clock::time_point;

    Impl(EdgeConfig c, const std::array<std::uint8_t, 32>& secret, Users& u, BindingStore& store, Router& r,
         Output& o, Now now);

    // --- answers
    [[nodiscard]] std::string write(const MessageView& m, const Flow& flow, const Key& key,
                                    const Answer& answer) const;
    void count(int status);
    // §8.2.7: for answers that follow from the request alone.
    void answer_stateless(const Arrival& a, const Answer& answer);
    void finish(const Arrival& a, const Answer& answer, Resend resend);
    // False: there was no room, and the caller was told so.
    [[nodiscard]] bool open(const Arrival& a);
    void answer_pending(const Key& key, const PendingRoutes::Pending& pending, const Answer& answer,
                        std::optional<Time> now);

    // --- Upstream: what the proxy has to say
    void pass_on(const Key& key, int status, std::string bytes) override;
    void conclude(const Key& key, const MessageView& request, const Flow& flow,
                  const Answer& answer) override;
    void stay_silent(const Key& key) override;

    // --- requests
    void handle(const MessageView& m, const Flow& flow);
    void prove(const MessageView& m, const Target& target, Answer& answer);
    void in_dialog(const Arrival& a, const Deliverer::Dialog& dialog);
    void cancel(const Arrival& a);
    // The user whose credentials the request carries; else it was
    // answered. REQUIRES: the transaction is open.
    [[nodiscard]] std::optional<std::string> authenticate(const Arrival& a);
    void registration(const Arrival& a);
    // The user that From claims to be, when it is at a host of ours (with any port: a look-alike is refused
    // too). The inner optional is empty for a claim that is no label.
    [[nodiscard]] std::optional<std::optional<std::string>> claimed_user(const Arrival& a) const;
    [[nodiscard]] bool heeds(const Arrival& a, StrangerAct act) const;
    [[nodiscard]] InboundVerdict judge(const Arrival& a, const Target& target, bool exists) const;
    void turn_away(const Arrival& a, const InboundVerdict& verdict);
    void route(const Arrival& a, const Target& target, bool exists);
    void ask(const Arrival& a, const Target& target, const std::string& user, const CallerMark& mark);
    void routed(const Key& key, std::uint64_t serial, const RouteAnswer& route);
    [[nodiscard]] std::optional<Time> moment() const;
    void wake_changed() const;

    // --- time
    void enter(Now now);
    void leave();
    void on_time();

    EdgeConfig config;
    Users& users;
    Router& router;
    Output& output;
    OwnHosts own;
    HostProofs proofs;
    Digest digest;
    DigestOffer offer;
    ServerTransactions transactions;
    Registrar registrar;
    PendingRoutes pendings;
    Deliverer deliverer;
    EdgeCounters counters;
    Now seen;             // the time of the latest event
    bool inside = false;  // of receive() or on_time(), so that `seen` is now
    Edge* owner = nullptr;
    std::shared_ptr<Impl*> token = std::make_shared<Impl*>(this);  // route answers hold it weakly
};

}  // namespace sip
