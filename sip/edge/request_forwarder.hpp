// sip/edge/request_forwarder.hpp - a request on its way to whom it is for (RFC 3261 §16.5, §16.6): the host
// is asked where that is, and by its answer the caller is redirected or refused, or the request goes to the
// proxy under the names, and with the Refer-To, that its receiver is to see. Where it may go CallRouting and
// DialogRouting decide; who may ask at all the edge has seen before.
// SIP loop only.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "sip/edge/arrival.hpp"
#include "sip/edge/call_routing.hpp"
#include "sip/edge/dialog_routing.hpp"
#include "sip/edge/edge_config.hpp"
#include "sip/edge/edge_host.hpp"
#include "sip/edge/pending_routes.hpp"
#include "sip/edge/request_target.hpp"
#include "sip/proxy/proxy.hpp"
#include "sip/transaction/responder.hpp"

namespace sip {

/// What is ours: the users, their phones, the hosts.
struct Ours {
    Users& users;
    const Registrar& phones;
    const OwnHosts& hosts;
};

class RequestForwarder {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Key = ServerTransactions::Key;

    /// Borrows all.
    RequestForwarder(const EdgeConfig& config, Ours ours, Dialogs& dialogs, EdgeHost& host,
                     Responder& responder, Output& output);

    /// More cannot be asked about, or passed on.
    [[nodiscard]] bool too_many_wait() const noexcept { return pendings_.full(); }
    [[nodiscard]] bool full() const noexcept { return proxy_.full(); }
    [[nodiscard]] bool looped(const MessageView& request) const { return proxy_.looped(request); }
    [[nodiscard]] DialogRoute read_route(const MessageView& message, const Flow& flow, Now now) const {
        return in_dialogs_.read(message, flow, now);
    }

    // A request that may go on. REQUIRES: its transaction is open.

    /// To whom `target` names, wherever the host says that he is. `user`: of ours who asks, else empty.
    void ask(const Arrival& a, const Target& target, const std::string& user, const CallerMark& mark);
    /// To an address that we gave `user` in a 302, or that is bound here. False: it is neither.
    bool follow_up(const Arrival& a, const std::string& user);
    /// To the first of `route`, for our own user. False: it may not go there.
    bool by_route(const Arrival& a, const std::string& user, std::vector<std::string> route);
    /// To the other side of its dialog. False: it may not go there. REQUIRES: dialog.token.
    bool in_dialog(const Arrival& a, DialogRoute dialog);
    /// The same for an ACK, which has no transaction and no answer.
    void acknowledge(const Arrival& ack, DialogRoute dialog);
    /// Its CANCEL has come.
    void cancel(const Key& invite, const MessageView& cancel, Now now);

    // Events.
    void answered(const RouteId& id, RouteAnswer route, Now now);
    /// REQUIRES: check() found no fault with the response.
    void response(const MessageView& response, Now now) { proxy_.response(response, now.steady); }
    void flow_failed(const Flow& flow, Now now) { proxy_.flow_failed(flow, now.steady); }
    void on_time(Now now);
    [[nodiscard]] std::optional<Time> next_wake() const;

    [[nodiscard]] const CallRouting& calls() const noexcept { return calls_; }
    [[nodiscard]] const ProxyCounters& proxied() const noexcept { return proxy_.counters(); }

private:
    [[nodiscard]] static PendingRoutes::Pending held(const Arrival& a);
    void ask_for_hop(const Arrival& a, DialogRoute dialog);
    void call_found(const Key& key, PendingRoutes::Pending pending, RouteAnswer route, Now now);
    [[nodiscard]] bool sound_needs_us(const PendingRoutes::Pending& pending, const RouteAnswer& route) const;
    void hop_found(const Key& key, PendingRoutes::Pending pending, const RouteAnswer& route, Now now);
    void expired(const Key& key, Now now);
    void answer(const Key& key, const PendingRoutes::Pending& pending, const Answer& answer, Now now);

    void forward(const Key& key, PendingRoutes::Pending pending, CallRouting::Fork fork, Now now);
    void name_caller(ForwardRequest& forward, const PendingRoutes::Pending& pending);
    void forward_ack(const MessageView& ack, const Flow& came_on, const DialogRoute& dialog,
                     const std::vector<Hop>& hops);
    [[nodiscard]] std::optional<FromRewrite> names_in(const DialogRoute& dialog,
                                                      const MessageView& request) const;
    [[nodiscard]] bool is_stranger(const DialogRoute& dialog, const MessageView& request) const;
    /// Refer-To as whoever is asked to call can call it; nothing: as it stands.
    [[nodiscard]] std::optional<std::string> callable_refer_to(const PendingRoutes::Pending& pending,
                                                               Time now) const;

    const EdgeConfig& config_;
    const Ours ours_;
    Dialogs& dialogs_;
    EdgeHost& host_;
    Responder& responder_;
    Output& output_;
    DialogRouting in_dialogs_;
    CallRouting calls_;
    PendingRoutes pendings_;
    Proxy proxy_;
};

}  // namespace sip
