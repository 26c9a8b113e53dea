// sip/edge/request_forwarder.cpp - the question where somebody is, what is done with its answer, and what the
// proxy is told of a request that goes on.
#include "sip/edge/request_forwarder.hpp"

#include <algorithm>
#include <utility>

#include "sip/edge/transfer.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/proxy/record_route.hpp"

namespace sip {

namespace {

using Pending = PendingRoutes::Pending;

// RFC 3326: of a CANCEL, so that a phone knows whether a call was missed. Longer ones say nothing to it.
std::string reason_of(const MessageView& cancel) {
    constexpr std::size_t longest = 256;
    std::string reason;
    for (const HeaderField& field : cancel.fields()) {
        if (field.id != Header::reason) continue;
        if (!reason.empty()) reason += ", ";
        reason += field.value;
        if (reason.size() > longest) return {};
    }
    return reason;
}

constexpr std::size_t max_called = 8;  // edges of a record

// Whom the table of dialogs is to know by `request`, and by which flow.
Dialog begun_by(const Pending& pending, const CallRouting::Fork& fork,
                const std::optional<FromRewrite>& rewrite) {
    const MessageView& request = pending.request;
    Dialog dialog;
    dialog.own = request.header(Header::from).value_or("");
    dialog.shown = rewrite ? rewrite->shown : dialog.own;
    dialog.dialled = request.header(Header::to).value_or("");
    dialog.mark = pending.mark;
    const auto kind = fork.caller_is_phone ? FlowToken::Kind::flow : FlowToken::Kind::hop;
    dialog.caller = {{kind, pending.flow, fork.caller_is_ours, Side::caller},
                     std::string(uri_in(request.header(Header::contact).value_or(""))),
                     addresses_of(request, Header::record_route)};
    dialog.users = {pending.caller, pending.callee};
    for (const ProxyTarget& target : fork.targets) {
        for (const Hop& hop : target.hops) {
            const bool by_key = hop.next && hop.next->peer.key_hash;
            if (by_key && dialog.called.size() < max_called)
                dialog.called.push_back(*hop.next->peer.key_hash);
        }
    }
    return dialog;
}

ProxyRules proxy_rules(const EdgeConfig& config) {
    ProxyRules rules;
    rules.realm = config.realm;
    rules.limits.transactions = 2 * config.max_transactions;
    return rules;
}

}  // namespace

RequestForwarder::RequestForwarder(const EdgeConfig& config, Ours ours, Dialogs& dialogs, EdgeHost& host,
                                   Responder& responder, Output& output)
    : config_(config),
      ours_(ours),
      dialogs_(dialogs),
      host_(host),
      responder_(responder),
      output_(output),
      in_dialogs_(dialogs, ours.hosts, ours.phones, host),
      calls_(config, ours.users, ours.phones, in_dialogs_, output),
      proxy_(proxy_rules(config), config.secret, dialogs, host, responder, output) {}

// --- a request that may go on

Pending RequestForwarder::held(const Arrival& a) {
    Pending pending;
    pending.request = StoredRequest(a.message);
    pending.flow = a.flow;
    pending.arrived = a.now.steady;
    return pending;
}

void RequestForwarder::ask(const Arrival& a, const Target& target, const std::string& user,
                           const CallerMark& mark) {
    RouteQuestion question;
    question.uri = target.uri;
    question.dialled = target.dialled;
    if (target.label) question.dialled.user = *target.label;
    question.host_is_own = target.host_is_own;
    question.from_own_user = !user.empty();
    question.flow = a.flow;
    if (!user.empty()) question.calls = ticket_calls(a.message);  // strangers go no further than to us
    Pending pending = held(a);
    pending.name = ours_.hosts.name(a.flow);
    pending.caller = user;
    pending.mark = mark;
    if (target.label && ours_.users.find(*target.label) != nullptr) pending.callee = *target.label;
    if (!user.empty() && !wants_privacy(a.message)) question.caller = "sip:" + user + "@" + pending.name;
    host_.ask(pendings_.add(a.key, std::move(pending), a.now.steady), question);
}

bool RequestForwarder::follow_up(const Arrival& a, const std::string& user) {
    auto fork = calls_.follow_up(a.message, a.flow, user, a.now.steady);
    if (!fork) return false;
    Pending pending = held(a);
    pending.caller = user;
    forward(a.key, std::move(pending), std::move(*fork), a.now);
    return true;
}

bool RequestForwarder::by_route(const Arrival& a, const std::string& user, std::vector<std::string> route) {
    auto fork = calls_.by_route(a.message, std::move(route));
    if (!fork) return false;
    Pending pending = held(a);
    pending.caller = user;
    forward(a.key, std::move(pending), std::move(*fork), a.now);
    return true;
}

bool RequestForwarder::in_dialog(const Arrival& a, DialogRoute dialog) {
    auto onward = in_dialogs_.onward(dialog, a.flow, a.now.steady);
    if (onward.to_resolve) {
        ask_for_hop(a, std::move(dialog));
        return true;
    }
    if (onward.hops.empty()) return false;
    Pending pending = held(a);
    pending.dialog = std::move(dialog);
    forward(a.key, std::move(pending), {.targets = {{std::move(onward.hops), 1000}}}, a.now);
    return true;
}

void RequestForwarder::acknowledge(const Arrival& ack, DialogRoute dialog) {
    const auto onward = in_dialogs_.onward(dialog, ack.flow, ack.now.steady);
    if (onward.to_resolve) return ask_for_hop(ack, std::move(dialog));
    forward_ack(ack.message, ack.flow, dialog, onward.hops);
}

void RequestForwarder::cancel(const Key& invite, const MessageView& cancel, Now now) {
    if (const auto pending = pendings_.take(invite)) return answer(invite, *pending, {487, {}, {}}, now);
    (void)proxy_.cancel(invite, reason_of(cancel), now.steady);
}

// --- what waits, and the answer

void RequestForwarder::ask_for_hop(const Arrival& a, DialogRoute dialog) {
    Pending pending = held(a);
    const auto question = DialogRouting::question(dialog, a.flow);
    pending.dialog = std::move(dialog);
    if (!question) return hop_found(a.key, std::move(pending), {}, a.now);  // no URI: it leads nowhere
    // Only an ACK can be full or known here: it has no transaction that absorbs it when it comes again.
    if (pendings_.full() || pendings_.contain(a.key)) return;
    host_.ask(pendings_.add(a.key, std::move(pending), a.now.steady), *question);
}

void RequestForwarder::answered(const RouteId& id, RouteAnswer route, Now now) {
    auto pending = pendings_.take(id.key, id.serial);
    if (!pending) return;  // cancelled, or too late
    if (pending->dialog) return hop_found(id.key, std::move(*pending), route, now);
    call_found(id.key, std::move(*pending), std::move(route), now);
}

void RequestForwarder::call_found(const Key& key, Pending pending, RouteAnswer route, Now now) {
    route.needs_us = route.needs_us || sound_needs_us(pending, route);
    auto plan = calls_.plan(pending, route, now.steady);
    if (const auto* refuse = std::get_if<CallRouting::Refuse>(&plan))
        return answer(key, pending, refuse->answer, now);
    if (const auto* redirect = std::get_if<CallRouting::Redirect>(&plan)) {
        // What comes of it, we are not told.
        if (!pending.caller.empty()) host_.ask_anew(pending.request.request_uri());
        return answer(key, pending, calls_.redirect(*redirect, pending, std::move(route), now.steady), now);
    }
    if (proxy_.looped(pending.request)) return answer(key, pending, {482, {}, {}}, now);
    if (proxy_.full()) return answer(key, pending, Responder::overloaded(), now);
    auto& fork = std::get<CallRouting::Fork>(plan);
    if (pending.request.method() == Method::invite && fork.to_phones) {
        auto& transactions = responder_.transactions();
        if (transactions.rang(key, pending.request, pending.callee))
            return answer(key, pending, {482, {}, {}}, now);
        transactions.rings(key, pending.request, pending.callee);
    }
    forward(key, std::move(pending), std::move(fork), now);
}

bool RequestForwarder::sound_needs_us(const Pending& pending, const RouteAnswer& route) const {
    const MediaPath* media = host_.media();
    if (media == nullptr || route.contacts.empty()) return false;
    const RouteContact& first = route.contacts.front();
    const auto hop = first.hop ? first.hop : next_hop(first.uri);
    return hop && media->needs_us(pending.request, pending.flow, hop->endpoint);
}

void RequestForwarder::hop_found(const Key& key, Pending pending, const RouteAnswer& route, Now now) {
    auto hops = in_dialogs_.found(*pending.dialog, route);
    if (pending.request.method() == Method::ack)
        return forward_ack(pending.request, pending.flow, *pending.dialog, hops);
    forward(key, std::move(pending), {.targets = {{std::move(hops), 1000}}}, now);
}

void RequestForwarder::on_time(Now now) {
    proxy_.on_time(now.steady);
    while (const auto due = pendings_.next_due(now.steady)) {
        if (due->expired) {
            expired(due->key, now);
        } else {
            const auto* pending = pendings_.find(due->key);
            responder_.trying(due->key, pending->request, pending->flow);
        }
    }
}

void RequestForwarder::expired(const Key& key, Now now) {
    const auto pending = pendings_.take(key);
    if (pending && pending->request.method() != Method::ack) answer(key, *pending, {504, {}, {}}, now);
}

std::optional<RequestForwarder::Time> RequestForwarder::next_wake() const {
    const auto calls = proxy_.next_wake();
    const auto waiting = pendings_.next_wake();
    return calls && waiting ? std::min(calls, waiting) : calls ? calls : waiting;
}

void RequestForwarder::answer(const Key& key, const Pending& pending, const Answer& answer, Now now) {
    const bool known = !pending.caller.empty() || pending.dialog;
    const bool resend = known || pending.tried;  // after a 100 the caller does not repeat itself
    responder_.finish(key, pending.request, pending.flow,
                      responder_.unless_merged(key, pending.request, answer),
                      resend ? Responder::Resend::until_ack : Responder::Resend::no, now.steady);
}

// --- what goes on

void RequestForwarder::forward(const Key& key, Pending pending, CallRouting::Fork fork, Now now) {
    const bool invite = pending.request.method() == Method::invite;
    output_.keep(pending.flow);
    if (invite && !pending.tried) {
        responder_.trying(key, pending.request, pending.flow);
        pending.tried = true;
    }
    ForwardRequest forward;
    name_caller(forward, pending);
    if (pending.request.method() == Method::refer) forward.refer_to = callable_refer_to(pending, now.steady);
    if (makes_dialog(pending.request.method()) && pending.request.to_tag().empty())
        dialogs_.begin(pending.request, begun_by(pending, fork, forward.rewrite));
    forward.tokens_expire = now.wall + FlowTokens::lifetime;
    forward.key = key;
    forward.request = std::move(pending.request);
    forward.flow = pending.flow;
    forward.targets = std::move(fork.targets);
    forward.caller_is_phone = fork.caller_is_phone;
    forward.caller_is_ours = fork.caller_is_ours;
    forward.follows_3xx = fork.follows_3xx;
    forward.stays = fork.stays;
    if (invite && fork.to_phones) forward.rings_until = now.steady + config_.rings;
    if (!pending.tried) forward.trying_at = pending.arrived + PendingRoutes::slow_trying_after;
    forward.warning = std::move(fork.warning);
    proxy_.start(std::move(forward), now.steady);
}

void RequestForwarder::name_caller(ForwardRequest& forward, const Pending& pending) {
    if (pending.dialog) {
        forward.rewrite = names_in(*pending.dialog, pending.request);
        forward.from_stranger = is_stranger(*pending.dialog, pending.request);
        dialogs_.spoken(pending.request);
    } else if (!pending.mark.empty()) {
        forward.rewrite = rewritten_from(pending.request, pending.mark);
        forward.from_stranger = !pending.mark.known;
    }
}

std::optional<std::string> RequestForwarder::callable_refer_to(const Pending& pending, Time now) const {
    std::optional<std::string> changed;
    const auto& dialog = pending.dialog;
    std::string stands(pending.request.header(Header::refer_to).value_or(""));
    if (dialog ? dialog->speech.sender_ours : !pending.caller.empty())
        changed = refer_to_for_others(stands, ours_.hosts, pending.flow, ours_.phones, host_, now);
    if (changed) stands = *changed;
    const auto phones = ours_.phones.bindings(dialog ? dialog->user : pending.callee, now);
    if (phones.empty()) return changed;
    const auto called = std::find_if(phones.begin(), phones.end(), [&](const Binding& binding) {
        return dialog && binding.flow == dialog->token->flow;
    });
    const Binding& phone = called == phones.end() ? phones.front() : *called;
    auto dialled = refer_to_for_phone(stands, ours_.hosts, phone, host_.own_address(phone.flow));
    return dialled ? dialled : changed;
}

// The names that the dialog began with. Where they are forgotten, somebody from outside has none.
std::optional<FromRewrite> RequestForwarder::names_in(const DialogRoute& dialog,
                                                      const MessageView& request) const {
    if (auto names = dialogs_.rewrite(request)) return names;
    const bool from_outside = !dialog.speech.sender_ours && dialog.speech.receiver_ours;
    if (!config_.judges_strangers || !from_outside) return std::nullopt;
    return rewritten_from(request, {"?", std::string(nobodys_uri), false});
}

bool RequestForwarder::is_stranger(const DialogRoute& dialog, const MessageView& request) const {
    if (!config_.judges_strangers || dialog.speech.sender_ours) return false;
    const auto known = dialogs_.find(request);
    return known.dialog == nullptr || known.sender == Side::callee || !known.dialog->mark.known;
}

// Nothing answers an ACK, so the first hop that is still one has to do.
void RequestForwarder::forward_ack(const MessageView& ack, const Flow& came_on, const DialogRoute& dialog,
                                   const std::vector<Hop>& hops) {
    const auto rewrite = names_in(dialog, ack);
    for (const Hop& hop : hops) {
        if (proxy_.forward_ack(ack, came_on, hop, rewrite ? &*rewrite : nullptr)) return;
    }
}

}  // namespace sip
