// sip/edge/call_routing.hpp - how a request gets to whom the host found: by a 302, through the proxy, or not
// at all. Knows our own phones' flows, and the contacts that we gave away. Decides only; sends nothing.
// SIP loop only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sip/auth/accounts.hpp"
#include "sip/edge/dialog_routing.hpp"
#include "sip/edge/edge_config.hpp"
#include "sip/edge/pending_routes.hpp"
#include "sip/edge/redirect_or_proxy.hpp"
#include "sip/edge/redirect_tokens.hpp"
#include "sip/edge/route.hpp"
#include "sip/proxy/forward_request.hpp"
#include "sip/registrar/registrar.hpp"

namespace sip {

class CallRouting {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// Borrows all. `output` tells who is at the other end of a flow.
    CallRouting(const EdgeConfig& config, Users& users, const Registrar& registrar,
                const DialogRouting& dialogs, const Output& output);

    /// Tell the caller where to go: the contacts of the route, with our mark when he may come back with one.
    struct Redirect {
        bool marked = false;
    };
    /// To be proxied to these.
    struct Fork {
        std::vector<ProxyTarget> targets;
        bool caller_is_phone = false, caller_is_ours = false, follows_3xx = false,
             stays = false;      // as ForwardRequest's
        bool to_phones = false;  // of ours: how long they ring is for us to say
        std::string warning = {};
    };
    struct Refuse {
        Answer answer;
    };
    using Plan = std::variant<Redirect, Fork, Refuse>;
    /// What to do about a request now that the host has answered. Changes nothing.
    [[nodiscard]] Plan plan(const PendingRoutes::Pending& pending, const RouteAnswer& route, Time now) const;
    /// The answer of a Redirect.
    [[nodiscard]] Answer redirect(const Redirect& plan, const PendingRoutes::Pending& pending,
                                  RouteAnswer route, Time now);

    /// For a request of `user` to an address that we gave him, or that is bound here. Nothing: it is neither.
    [[nodiscard]] std::optional<Fork> follow_up(const MessageView& request, const Flow& flow,
                                                const std::string& user, Time now);

    /// For a request of our own user that names further hops in Route (RFC 3261 §16.6 step 6): on to the
    /// first. Nothing: it may not go there.
    [[nodiscard]] std::optional<Fork> by_route(const MessageView& request,
                                               std::vector<std::string> route) const;

    /// Would an INVITE of this phone of `user` be redirected, when that is found? `callee`: our user who is
    /// meant, else empty.
    [[nodiscard]] bool would_redirect(const std::string& user, const Binding& phone,
                                      const std::string& callee, const RouteAnswer& found, Time now) const;

private:
    [[nodiscard]] CallerSigns caller_signs(const PendingRoutes::Pending& pending) const;
    [[nodiscard]] CalleeSigns callee_signs(std::string_view user, const Flow& caller, Time now) const;
    [[nodiscard]] std::vector<ProxyTarget> phones_of(std::string_view user, Time now) const;
    [[nodiscard]] Delivery wish(const std::string& caller, const std::string& callee) const;
    [[nodiscard]] Delivery wish_of(std::string_view user) const;
    [[nodiscard]] bool came_from_edge(const Flow& flow) const;

    const EdgeConfig& config_;
    Users& users_;
    const Registrar& registrar_;
    const DialogRouting& dialogs_;
    const Output& output_;
    struct OverTls {
        Time until;
        std::vector<Hop> hops;
    };
    static constexpr std::size_t max_over_tls = 1024;
    [[nodiscard]] bool redirectable(const RouteAnswer& route, Time now) const;

    RedirectTokens given_;
    RecentMap<std::string, OverTls> over_tls_{
        max_over_tls};  // by contact given: how we pass on to it, if we must
    ReturningPhones returning_;
};

}  // namespace sip
