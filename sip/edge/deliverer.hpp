// sip/edge/deliverer.hpp - brings a request to whom the router found: by a 302 or through the proxy. Knows
// our own phones' flows, the dialogs we stay in, and the contacts we gave away. Never an open relay. It
// forwards only what
// 1. names in Route a token of ours that belongs to this very dialog (flow_tokens.hpp), and then only to
// where
//    the other side was met, or, for the phone of a user of ours, on to its next hop (may_go),
// 2. is for one of our users, over the flows that they registered, or
// 3. comes from one of our users and goes to contacts that the router found, or that we gave to that user in
//    a 302 of the last minute (redirect_tokens.hpp), or that are bound here.
// SIP loop only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sip/auth/accounts.hpp"
#include "sip/edge/own_hosts.hpp"
#include "sip/edge/pending_routes.hpp"
#include "sip/edge/redirect_or_proxy.hpp"
#include "sip/edge/redirect_tokens.hpp"
#include "sip/edge/router.hpp"
#include "sip/proxy/from_rewrite.hpp"
#include "sip/proxy/proxy.hpp"
#include "sip/registrar/registrar.hpp"

namespace sip {

struct EdgeConfig;

/// A request on its way through; borrows from Edge::receive().
struct Arrival {
    const MessageView& message;
    const Flow& flow;
    ServerTransactions::Key key;
};

struct DeliveryRules {
    std::vector<std::string> following;                      // redirect_or_proxy.hpp
    std::function<Delivery(std::string_view user)> of_user;  // what an account asks for
    ProxyRules proxy;
};

/// Borrows both.
[[nodiscard]] DeliveryRules delivery_rules(const EdgeConfig& config, Users& users);

class Deliverer {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Key = ServerTransactions::Key;

    /// Borrows all but the rules.
    Deliverer(DeliveryRules rules, const std::array<std::uint8_t, 32>& secret,
              const std::array<std::uint8_t, 32>& flow_key, const OwnHosts& own, const Registrar& registrar,
              ServerTransactions& transactions, Router& router, Upstream& upstream, Output& output);

    [[nodiscard]] bool full() const noexcept { return proxy_.full(); }

    /// What a request's Route says of us.
    struct Dialog {
        bool names_us = false;                 // a Route of ours was on top
        std::optional<FlowToken> from, token;  // of the sender's side, and of the one that it goes to
        std::string uri;                       // as §16.4 leaves it
        std::vector<std::string> route;
    };
    [[nodiscard]] Dialog read_route(const MessageView& message, const Flow& flow) const;

    /// Forwards an in-dialog request, or gives the answer. REQUIRES: dialog.token; the transaction is open.
    [[nodiscard]] std::optional<Answer> in_dialog(const Arrival& a, const Dialog& dialog, Time now);
    /// An ACK that belongs to no answer of ours: to a 2xx, or to be dropped.
    void ack(const MessageView& ack, const Flow& flow, Time now);
    /// A request of `user` to an address we gave it, or that is bound here. False: it is neither.
    [[nodiscard]] bool follow_up(const Arrival& a, const std::string& user, Time now);

    /// The answer to send, or nothing: it is being proxied. REQUIRES: `route` has contacts; `pending` holds
    /// the whole request. `seen` is the time of the latest event, and exact when `inside` of it.
    [[nodiscard]] std::optional<Answer> deliver(const Key& key, const PendingRoutes::Pending& pending,
                                                RouteAnswer route, Time seen, bool inside);

    /// Would an INVITE of this phone of `user` be redirected? `callee`: our user who is meant, else empty.
    [[nodiscard]] bool would_redirect(const std::string& user, const Binding& phone,
                                      const std::string& callee, Time now) const;

    [[nodiscard]] Proxy& proxy() noexcept { return proxy_; }
    [[nodiscard]] const Proxy& proxy() const noexcept { return proxy_; }
    /// Jobs that came without a time, outside of receive() and on_time().
    [[nodiscard]] bool waiting() const noexcept { return !waiting_.empty(); }
    void start_waiting(Time now);
    std::function<void()> on_waiting;  // one came, perhaps inside of an event

private:
    struct Waiting {
        Job job;
        bool tried = false;  // 100 was sent
    };
    using Resolved = std::function<void(const std::vector<NextHop>&)>;

    void start(Waiting waiting, Time now);
    [[nodiscard]] std::vector<Way> ways_of(const Binding& binding) const;
    [[nodiscard]] std::vector<Callee> phones_of(std::string_view user, Time now) const;
    [[nodiscard]] CalleeSigns callee_signs(std::string_view user, const Flow& caller, Time now) const;
    [[nodiscard]] bool from_our_side(const Dialog& dialog, const Flow& came_on, Time now) const;
    [[nodiscard]] bool may_go(const Dialog& dialog, bool ours, const NextHop& hop) const;
    struct Onwards {
        std::vector<Way> ways;
        bool to_resolve = false;  // they are behind a name
    };
    [[nodiscard]] Onwards dialog_ways(const Dialog& dialog, const Flow& came_on, Time now) const;
    void resolve(const Dialog& dialog, const Flow& flow, Resolved resolved);
    [[nodiscard]] bool came_from_edge(const Flow& flow) const;
    [[nodiscard]] Delivery wish(const std::string& caller, const std::string& callee) const;

    DeliveryRules rules_;
    const OwnHosts& own_;
    const Registrar& registrar_;
    ServerTransactions& transactions_;
    Router& router_;
    FlowTokens tokens_;
    RedirectTokens given_;
    Output& output_;
    ReturningPhones returning_;
    CallerMarks marks_;
    Proxy proxy_;
    std::vector<Waiting> waiting_;
    std::shared_ptr<Deliverer*> token_ = std::make_shared<Deliverer*>(this);  // route answers hold it weakly
};

}  // namespace sip
