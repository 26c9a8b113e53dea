// sip/edge/edge.cpp - the order in which a request is looked at, who is asked about it, and what time brings.
#include "sip/edge/edge.hpp"

#include <sodium.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <stdexcept>
#include <utility>

#include "sip/edge/request_triage.hpp"
#include "sip/edge/transfer.hpp"
#include "sip/proxy/forwarded_message.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/syntax/label.hpp"
#include "sip/syntax/message_check.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

std::optional<Edge::Time> earlier(std::optional<Edge::Time> a, std::optional<Edge::Time> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

// Before the first of our parts derives a key. A secret that was forgotten would be one that everybody knows.
EdgeConfig with_keys(EdgeConfig config) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
    if (config.secret == decltype(config.secret){}) throw std::runtime_error("the edge has no secret");
    return config;
}

/// RFC 7118 §5: a WebSocket message is one SIP message. Where the two lengths differ nobody knows which text
/// was meant, and half of a character could be left.
std::optional<Fault> cut_short(const MessageView& m, std::string_view wire, const Flow& flow) {
    const bool web = flow.transport == Transport::ws || flow.transport == Transport::wss;
    if (!web || m.wire().size() == wire.size()) return std::nullopt;
    return Fault{400, "Content-Length Is Not That Of The WebSocket Message"};
}

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

constexpr std::size_t max_user_told = 64;  // of a user name as a phone wrote it; a label is no longer

Answer overloaded() {
    return {503, {}, {{"Retry-After", Responder::overload_seconds}}};
}

// Whom the table of dialogs is to know by `request`, and by which flow.
Dialog begun_by(const PendingRoutes::Pending& pending, const CallRouting::Fork& fork,
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
    return dialog;
}

ProxyRules proxy_rules(const EdgeConfig& config) {
    ProxyRules rules;
    rules.realm = config.realm;
    rules.limits.transactions = 2 * config.max_transactions;
    return rules;
}

}  // namespace

Edge::Edge(EdgeConfig config, Users& users, BindingStore& store, EdgeHost& host, Output& output, Now now)
    : config_(with_keys(std::move(config))),
      users_(users),
      host_(host),
      output_(output),
      own_(config_.domains, config_.listening, &host),
      proofs_(host, own_),
      gate_(config_.source_requests),
      digest_(config_.realm, config_.secret, users, config_.legacy_digest),
      responder_(config_.server_header, config_.secret, {config_.max_transactions}, output),
      registrar_(
          {config_.min_expires, config_.max_expires, config_.default_expires, config_.max_bindings_per_user},
          store, now),
      dialogs_(config_.flow_key.value_or(config_.secret)),
      in_dialogs_(dialogs_, own_, registrar_, host),
      calls_(config_, users, registrar_, in_dialogs_, output),
      proxy_(proxy_rules(config_), config_.secret, dialogs_, host, responder_, output),
      keeper_(config_.secret, dialogs_, registrar_, host, output),
      moved_(config_.secret, dialogs_, keeper_, host, output),
      made_(now.steady) {
    registrar_.keep_only([&](std::string_view user) { return users.find(user) != nullptr; });
}

// --- events

void Edge::receive(const Flow& flow, std::string_view wire, Now now) {
    ++counters_.received;
    const auto message = MessageView::parse(wire);
    if (!message) ++counters_.unreadable;
    const auto cut = message ? cut_short(*message, wire, flow) : std::nullopt;
    if (message && message->is_request()) {
        request(*message, flow, cut, now);
    } else if (message && (cut || check(*message))) {
        ++counters_.responses_refused;
    } else if (message && !keeper_.response(*message, now.steady) && !moved_.response(*message)) {
        proxy_.response(*message, now.steady);
    }
    keeper_.look(now.steady);
    report_changes();
}

void Edge::broken_stream(const Flow& flow, std::string_view header, std::error_code why, Now now) {
    ++counters_.received;
    const auto message = MessageView::parse(header);
    if (!message) ++counters_.unreadable;
    if (message && message->is_request() && message->method() != Method::ack) {
        auto fault = check(*message).value_or(Fault{400, "Bad Content-Length"});
        if (why == Errc::too_large) fault = {513, {}};
        answer_stateless({*message, flow, responder_.transactions().key_of(*message, flow), now},
                         {fault.status, std::string(fault.reason), {}});
    }
    output_.close(flow);
}

void Edge::flow_failed(const Flow& flow, Now now) {
    // Whoever owns it may let it go when something is sent.
    const Flow failed = flow;  // NOLINT(performance-unnecessary-copy-initialization)
    proxy_.flow_failed(failed, now.steady);
    keeper_.flow_failed(failed, now.steady);
    keeper_.look(now.steady);
}

void Edge::answered(const RouteId& id, RouteAnswer route, Now now) {
    auto pending = pendings_.take(id.key, id.serial);
    if (!pending) return;  // cancelled, or too late
    if (pending->dialog) return hop_found(id.key, std::move(*pending), route, now);
    call_found(id.key, std::move(*pending), std::move(route), now);
}

void Edge::on_time(Now now) {
    responder_.transactions().on_time(now.steady);
    proxy_.on_time(now.steady);
    registrar_.on_time(now);
    keeper_.on_time(now.steady);
    moved_.on_time(now.steady);
    while (const auto due = pendings_.next_due(now.steady)) {
        if (due->expired) {
            expired(due->key, now);
        } else {
            const auto* pending = pendings_.find(due->key);
            responder_.trying(due->key, pending->request, pending->flow);
        }
    }
    keeper_.look(now.steady);
    report_changes();
}

void Edge::users_changed(Now /*now*/) {
    registrar_.keep_only([&](std::string_view user) { return users_.find(user) != nullptr; });
    report_changes();
}

std::optional<Edge::Time> Edge::next_wake() const {
    const auto calls = earlier(earlier(proxy_.next_wake(), keeper_.next_wake()), moved_.next_wake());
    const auto timers = earlier(earlier(responder_.transactions().next_wake(), calls),
                                earlier(registrar_.next_wake(), pendings_.next_wake()));
    return registrar_.has_changed() ? earlier(made_, timers) : timers;
}

void Edge::report_changes() {
    for (const std::string& user : registrar_.take_changed())
        host_.bindings_changed(user);
}

// --- the order in which a request is looked at

void Edge::request(const MessageView& m, const Flow& flow, const std::optional<Fault>& cut, Now now) {
    if (m.method() == Method::ack) {
        if (!cut) acknowledge(m, flow, now);
        return;
    }
    Arrival a{m, flow, responder_.transactions().key_of(m, flow), now};
    a.admitted = admitted(a);
    if (!a.admitted && !may_prove_himself(a)) return;
    auto fault = check(m);
    if (!fault) fault = cut;
    if (fault) return answer_stateless(a, {fault->status, std::string(fault->reason), {}});
    if (responder_.transactions().known(a.key)) {
        ++counters_.retransmissions;
        if (a.admitted) (void)responder_.transactions().absorb(a.key, m, flow);
        return;
    }
    if (m.method() == Method::cancel) return cancel(a);
    if (MovedDoors::is_move(m)) return answer_stateless(a, moved_.hear(m, flow, now.steady));
    if (config_.forwards) {
        auto dialog = in_dialogs_.read(m, flow, now);
        if (dialog.token)  // also for a method that we do not know (§16.3)
            return in_dialog(a, std::move(dialog));
    }
    // §16.3: what we do not know is passed on all the same, for our own users, and for who may be a contact.
    if (m.method() == Method::unknown && !passes_unknown(a)) return answer_stateless(a, method_unknown());
    triage(a);
}

bool Edge::passes_unknown(const Arrival& a) const {
    const auto cseq = a.message.cseq();
    return config_.forwards && cseq && cseq->method == a.message.method_text() &&
           (claimed_user(a) || !ticket_in(a.message.request_uri()).empty());
}

// Never answered. One to an error of ours ends it; one to a 2xx goes on, or nowhere.
void Edge::acknowledge(const MessageView& ack, const Flow& flow, Now now) {
    if (responder_.transactions().acknowledge(ack, flow, now.steady) || !config_.forwards || check(ack))
        return;
    auto dialog = in_dialogs_.read(ack, flow, now);
    if (!dialog.token || right_of(dialog.speech) != Right::pass) return;
    const auto onward = in_dialogs_.onward(dialog, flow, now.steady);
    if (onward.to_resolve)
        return ask_for_hop({ack, flow, responder_.transactions().key_of(ack, flow), now}, std::move(dialog));
    forward_ack(ack, flow, dialog, onward.hops);
}

void Edge::cancel(const Arrival& a) {  // §9.2
    const Key invite = responder_.transactions().key_of_cancelled(a.message, a.flow);
    if (!responder_.transactions().known(invite)) return answer_stateless(a, {481, {}, {}});
    responder_.accept_cancel(a.key, invite, a.message, a.flow, a.now.steady);
    if (const auto pending = pendings_.take(invite))
        return answer_pending(invite, *pending, {487, {}, {}}, a.now);
    (void)proxy_.cancel(invite, reason_of(a.message), a.now.steady);
}

void Edge::in_dialog(const Arrival& a, DialogRoute dialog) {
    if (const auto answer = stopped(a.message)) return answer_stateless(a, *answer);
    if (proxy_.looped(a.message)) return answer_stateless(a, {482, {}, {}});
    if (proxy_.full() || pendings_.full()) return answer_stateless(a, overloaded());
    switch (right_of(dialog.speech)) {
        case Right::pass: break;
        case Right::judge:
            if (const auto verdict = judge_news(a, dialog); verdict.kind != InboundVerdict::Kind::ring)
                return turn_away(a, verdict);
            break;
        case Right::refuse: return answer_no_dialog(a);
    }
    if (!open(a)) return;
    auto onward = in_dialogs_.onward(dialog, a.flow, a.now.steady);
    if (onward.to_resolve) return ask_for_hop(a, std::move(dialog));
    if (onward.hops.empty()) {
        ++counters_.relay_refused;
        return finish(a, {403, "Not Of This Dialog", {}}, Resend::until_ack);
    }
    PendingRoutes::Pending pending = held(a);
    pending.dialog = std::move(dialog);
    forward(a.key, std::move(pending), {.targets = {{std::move(onward.hops), 1000}}}, a.now);
}

void Edge::triage(const Arrival& a) {
    const auto target = target_of(a.message.request_uri(), own_, a.flow);
    if (!target) return answer_stateless(a, target.error());
    const bool exists = target->label && users_.find(*target->label) != nullptr;
    // Where strangers are judged, OPTIONS is answered alike for every label.
    Triage triage =
        triage_of(a.message, *target, exists || (config_.judges_strangers && target->label.has_value()));
    switch (triage.kind) {
        case Triage::Kind::answer:
            if (a.message.method() == Method::options && triage.answer.status == 200 &&
                target->dialled.user.empty())
                prove(a, *target, triage.answer);
            return answer_stateless(a, triage.answer);
        case Triage::Kind::registration: return registration(a);
        case Triage::Kind::route: return route(a, *target, exists);
    }
}

void Edge::prove(const Arrival& a, const Target& target, Answer& answer) {
    proofs_.add(a.message, target, answer, a.now.steady);
    counters_.proofs_given = proofs_.given();
    counters_.proofs_withheld = proofs_.withheld();
}

void Edge::registration(const Arrival& a) {
    // §10.3 step 5; a scheme that is not SIP's names nobody in our domain either.
    const auto to = NameAddrView::parse(a.message.header(Header::to).value_or(""));
    const auto uri = to ? UriView::parse(to->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->is_sip() || !own_.contain(uri->host, uri->port, a.flow))
        return answer_stateless(a, {404, {}, {}});
    if (!open(a)) return;
    const auto user = authenticate(a);
    if (!user) return;
    if (canonical_label(uri->user) != *user)  // step 4
        return finish(a, {403, "Not Your Address", {}}, Resend::no);
    const Answer answer = registrar_.handle(a.message, *user, a.flow, output_, a.now);
    if (answer.status == 200) ++counters_.registered;
    if (answer.reason == Registrar::out_of_order)
        host_.login_failed(*user, a.flow, LoginFault::cseq_not_higher, a.now);
    finish(a, answer, Resend::no);
}

void Edge::route(const Arrival& arrival, const Target& target, bool exists) {
    Arrival a = arrival;
    const auto claimed = claimed_user(a);
    const bool needs_us = !target.host_is_own || target.percent_form;  // the rule against being an open relay
    const bool to_authenticate = claimed || needs_us;
    InboundVerdict verdict;
    if (!to_authenticate) verdict = judge(a, target, exists);
    a.admitted = a.admitted || verdict.known;
    if (!a.admitted) {
        ++counters_.ignored;
        return;
    }
    if (verdict.kind != InboundVerdict::Kind::ring) return turn_away(a, verdict);
    // A stranger learns here only what a call would tell.
    if (!to_authenticate && !exists) return answer_stateless(a, {404, {}, {}});
    if (!open(a)) return;
    if (verdict.known) responder_.prove(a.key);
    std::string user;
    if (to_authenticate) {
        auto authenticated = authenticate(a);
        if (!authenticated) {
            if (needs_us) ++counters_.relay_refused;
            return;
        }
        if (claimed && *claimed != *authenticated) return finish(a, {403, "From Is Not You", {}}, Resend::no);
        user = std::move(*authenticated);
    }
    const Resend resend = to_authenticate ? Resend::until_ack : Resend::no;
    // Of our own user's callee the host may know more: another node of the same owner, a contact.
    if (user.empty() && exists && !registrar_.any(*target.label, a.now.steady))
        return finish(a, {480, {}, {}}, resend);
    if (config_.forwards && !user.empty()) {
        if (auto beyond = in_dialogs_.read(a.message, a.flow, a.now).route; !beyond.empty())
            return follow_route(a, user, std::move(beyond));
    }
    if (config_.forwards && !target.host_is_own && !target.percent_form && !proxy_.full()) {
        if (auto fork = calls_.follow_up(a.message, a.flow, user, a.now.steady)) {
            auto pending = held(a);
            pending.caller = user;
            return forward(a.key, std::move(pending), std::move(*fork), a.now);
        }
    }
    if (pendings_.full()) return finish(a, overloaded(), Resend::no);
    ask(a, target, user, verdict.mark);
}

// RFC 3261 §16.6 step 6. To an address alone: whom a name leads to would have to be found first.
void Edge::follow_route(const Arrival& a, const std::string& user, std::vector<std::string> route) {
    if (proxy_.full()) return finish(a, overloaded(), Resend::no);
    if (proxy_.looped(a.message)) return finish(a, {482, {}, {}}, Resend::no);
    auto fork = calls_.by_route(a.message, std::move(route));
    if (!fork) {
        ++counters_.relay_refused;
        return finish(a,
                      {403,
                       "Route Leads Elsewhere",
                       {{"Warning", "399 " + own_.name(a.flow) +
                                        " \"Route names a host that is not this node (sip.domains), and that "
                                        "may not be called\""}}},
                      Resend::until_ack);
    }
    auto pending = held(a);
    pending.caller = user;
    forward(a.key, std::move(pending), std::move(*fork), a.now);
}

// --- who asks, and may he?

// The gate. What it refuses may still be of somebody whom we know: of a transaction or a dialog that is under
// way. That costs more to see, and is looked at last.
bool Edge::admitted(const Arrival& a) {
    const auto& transactions = responder_.transactions();
    if (transactions.proven(a.key) || gate_.admits(a.message, a.flow, a.now.steady)) return true;
    if (a.message.method() == Method::cancel)
        return transactions.known(transactions.key_of_cancelled(a.message, a.flow));
    if (!config_.forwards || a.message.to_tag().empty() || is_scanner(a.message)) return false;
    const auto dialog = in_dialogs_.read(a.message, a.flow, a.now);
    return dialog.token && dialog.from && dialog.from->flow.remote.address == a.flow.remote.address &&
           right_of(dialog.speech) == Right::pass;
}

// Who is silenced may be so by others, who send in the name of his address. A ticket says who he is, unless
// there came too many that said nothing.
bool Edge::may_prove_himself(const Arrival& a) const {
    return config_.judges_strangers && a.message.to_tag().empty() && !is_scanner(a.message) &&
           !ticket_in(a.message.request_uri()).empty() && gate_.may_open_ticket(a.flow, a.now.steady);
}

std::optional<std::string> Edge::authenticate(const Arrival& a) {
    if (!a.admitted) {
        responder_.stay_silent(a.key);
        return std::nullopt;
    }
    const auto given = digest_.given(a.message, challenger_of(a.message));
    if (!given) {
        challenge(a, false, false);
        return std::nullopt;
    }
    const auto& source = a.flow.remote.address;
    const Guess guess{a.flow, canonical_label(given->username).value_or(""),
                      digest_.is_fresh(*given, source, a.now.steady)};
    const std::string_view written = std::string_view(given->username).substr(0, max_user_told);
    if (!gate_.may_look(guess, a.now)) {
        host_.login_failed(written, a.flow, LoginFault::too_many, a.now);
        // Who came by TCP hears when to come again. One with an old nonce may be a phone from before a
        // restart: with a new one it has a bucket that others cannot empty.
        if (!guess.address_proven) {
            challenge(a, false, true);
        } else if (a.flow.transport == Transport::udp) {
            responder_.stay_silent(a.key);
        } else {
            finish(a, {503, "Too Many Wrong Passwords", {{"Retry-After", "60"}}}, Resend::no);
        }
        return std::nullopt;
    }
    const auto ours = [&](std::string_view host, std::optional<std::uint16_t> port) {
        return own_.contain(host, port, a.flow);
    };
    auto verdict = digest_.verify(*given, a.message, source, ours, a.now.steady);
    using Kind = Digest::Verdict::Kind;
    if (verdict.kind == Kind::accepted) {
        offer_.accepted(a.message, a.flow, verdict.sha256, a.now.steady);
        output_.keep(a.flow);
        responder_.prove(a.key);
        if (const auto home = gate_.logged_in(guess, a.now)) host_.home_seen(*home);
        return std::move(verdict.user);
    }
    if (verdict.kind == Kind::refused) {
        ++counters_.credentials_refused;
        gate_.was_wrong(guess, a.now);
        host_.login_failed(written, a.flow, verdict.fault, a.now);
    }
    if (verdict.kind == Kind::replayed) ++counters_.replays_refused;
    challenge(a, verdict.kind == Kind::stale || verdict.kind == Kind::replayed, true);
    return std::nullopt;
}

void Edge::challenge(const Arrival& a, bool stale, bool tried) {
    ++counters_.challenged;
    const bool md5_only = offer_.md5_only(a.message, a.flow, tried, a.now.steady);
    finish(a,
           digest_.challenge(challenger_of(a.message), a.flow.remote.address, stale, md5_only, a.now.steady),
           Resend::no);
}

// RFC 3261 §22.3. Which calls we shall carry, and which get a 302, is known only when somebody was found; who
// asks us to find him asks his proxy.
Challenger Edge::challenger_of(const MessageView& request) const {
    return config_.forwards && request.method() != Method::register_ ? Challenger::proxy : Challenger::server;
}

std::optional<std::optional<std::string>> Edge::claimed_user(const Arrival& a) const {
    const auto from = NameAddrView::parse(a.message.header(Header::from).value_or(""));
    const auto uri = from ? UriView::parse(from->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->is_sip() || !own_.contain(uri->host, std::nullopt, a.flow)) return std::nullopt;
    const auto label = canonical_label(uri->user);
    // Half of all homes are 192.168.1.0/24: from outside, that is the caller's home and not ours. Unless the
    // name is one of our users': nobody outside may look like those without their password.
    asio::error_code no_literal;
    const auto literal = asio::ip::make_address(std::string(uri->host), no_literal);
    const bool anothers = !no_literal && network_kind(literal) == NetworkKind::inside &&
                          network_kind(a.flow.remote.address) == NetworkKind::open;
    if (anothers && (!label || users_.find(*label) == nullptr)) return std::nullopt;
    return label;
}

InboundVerdict Edge::judge(const Arrival& a, const Target& target, bool exists) {
    if (!config_.judges_strangers) return {};
    const std::string callee = target.label.value_or("");
    const bool reachable = exists && registrar_.any(callee, a.now.steady);
    auto ticket = ticket_in(a.message.request_uri());
    if (!gate_.may_open_ticket(a.flow, a.now.steady)) ticket = {};
    const InboundCall call{a.message, a.flow, callee, exists, reachable, ticket, a.admitted};
    auto verdict = host_.judge(call, a.now);
    if (!ticket.empty() && !verdict.proven) gate_.ticket_failed(a.flow, a.now.steady);
    return verdict;
}

// What begins something new inside of a dialog, as a call of the same person would be: he is whom the
// dialog's first request has proved him to be, and to be known by nothing else.
InboundVerdict Edge::judge_news(const Arrival& a, const DialogRoute& dialog) const {
    if (!config_.judges_strangers) return {};
    const auto known = dialogs_.find(a.message);
    const bool proven =
        known.dialog != nullptr && known.sender == Side::caller && known.dialog->mark.asserted;
    const std::string_view caller = proven ? std::string_view(known.dialog->mark.uri) : std::string_view{};
    const bool exists = !dialog.user.empty();
    return host_.judge({a.message, a.flow, dialog.user, exists, exists, {}, a.admitted, caller}, a.now);
}

// As for a user without a phone, who is turned away here too. Without memory, if that may be.
void Edge::turn_away(const Arrival& a, const InboundVerdict& verdict) {
    const bool answered = verdict.known || gate_.admits(a.flow, StrangerAct::not_ringing, a.now.steady);
    if (!answered) ++counters_.ignored;
    if (!answered || verdict.kind == InboundVerdict::Kind::ignore) return;
    if (!verdict.remember) return answer_stateless(a, {480, {}, {}});
    if (open(a)) finish(a, {480, {}, {}}, Resend::no);
}

// --- the question where somebody is

PendingRoutes::Pending Edge::held(const Arrival& a) {
    PendingRoutes::Pending pending;
    pending.request = StoredRequest(a.message);
    pending.flow = a.flow;
    pending.arrived = a.now.steady;
    return pending;
}

void Edge::ask(const Arrival& a, const Target& target, const std::string& user, const CallerMark& mark) {
    RouteQuestion question;
    question.uri = target.uri;
    question.dialled = target.dialled;
    if (target.label) question.dialled.user = *target.label;
    question.host_is_own = target.host_is_own;
    question.from_own_user = !user.empty();
    question.flow = a.flow;
    question.calls = ticket_calls(a.message);
    PendingRoutes::Pending pending = held(a);
    pending.name = own_.name(a.flow);
    pending.caller = user;
    pending.mark = mark;
    if (target.label && users_.find(*target.label) != nullptr) pending.callee = *target.label;
    if (!user.empty() && !wants_privacy(a.message)) question.caller = "sip:" + user + "@" + pending.name;
    host_.ask(pendings_.add(a.key, std::move(pending), a.now.steady), question);
}

void Edge::ask_for_hop(const Arrival& a, DialogRoute dialog) {
    PendingRoutes::Pending pending = held(a);
    const auto question = DialogRouting::question(dialog, a.flow);
    pending.dialog = std::move(dialog);
    if (!question) return hop_found(a.key, std::move(pending), {}, a.now);  // no URI: it leads nowhere
    // Only an ACK can be full or known here: it has no transaction that absorbs it when it comes again.
    if (pendings_.full() || pendings_.contain(a.key)) return;
    host_.ask(pendings_.add(a.key, std::move(pending), a.now.steady), *question);
}

void Edge::call_found(const Key& key, PendingRoutes::Pending pending, RouteAnswer route, Now now) {
    route.needs_us = route.needs_us || sound_needs_us(pending, route);
    auto plan = calls_.plan(pending, route, now.steady);
    if (const auto* refuse = std::get_if<CallRouting::Refuse>(&plan))
        return answer_pending(key, pending, refuse->answer, now);
    if (const auto* redirect = std::get_if<CallRouting::Redirect>(&plan)) {
        // What comes of it, we are not told.
        if (!pending.caller.empty()) host_.ask_anew(pending.request.request_uri());
        return answer_pending(key, pending, calls_.redirect(*redirect, pending, std::move(route), now.steady),
                              now);
    }
    if (proxy_.looped(pending.request)) return answer_pending(key, pending, {482, {}, {}}, now);
    if (proxy_.full()) return answer_pending(key, pending, overloaded(), now);
    forward(key, std::move(pending), std::move(std::get<CallRouting::Fork>(plan)), now);
}

bool Edge::sound_needs_us(const PendingRoutes::Pending& pending, const RouteAnswer& route) const {
    const MediaPath* media = host_.media();
    if (media == nullptr || route.contacts.empty()) return false;
    const RouteContact& first = route.contacts.front();
    const auto hop = first.hop ? first.hop : next_hop(first.uri);
    return hop && media->needs_us(pending.request, pending.flow, hop->endpoint);
}

void Edge::hop_found(const Key& key, PendingRoutes::Pending pending, const RouteAnswer& route, Now now) {
    auto hops = in_dialogs_.found(*pending.dialog, route);
    if (pending.request.method() == Method::ack)
        return forward_ack(pending.request, pending.flow, *pending.dialog, hops);
    forward(key, std::move(pending), {.targets = {{std::move(hops), 1000}}}, now);
}

void Edge::expired(const Key& key, Now now) {
    const auto pending = pendings_.take(key);
    if (pending && pending->request.method() != Method::ack)
        answer_pending(key, *pending, {504, {}, {}}, now);
}

// --- what leaves

bool Edge::open(const Arrival& a) {
    return a.admitted && responder_.open(a.key, a.message, a.flow);
}

void Edge::answer_stateless(const Arrival& a, const Answer& answer) {
    if (a.admitted) responder_.answer_stateless(a.key, a.message, a.flow, answer);
}

void Edge::answer_no_dialog(const Arrival& a) {
    ++counters_.dialogs_refused;
    answer_stateless(a, {481, {}, {}});
}

void Edge::finish(const Arrival& a, const Answer& answer, Resend resend) {
    responder_.finish(a.key, a.message, a.flow, unless_merged(a.key, a.message, answer), resend,
                      a.now.steady);
}

// §8.2.2.2, of answers that speak for the callee: what a fork upstream learns of both ways counts once. What
// is said of the caller (401, 403), or of a way, is said to each.
Answer Edge::unless_merged(const Key& key, const MessageView& request, const Answer& answer) {
    if (answer.status != 404 && answer.status != 480 && answer.status != 504) return answer;
    if (responder_.transactions().merged(key, request)) return {482, {}, {}};
    responder_.transactions().serve(key, request);
    return answer;
}

void Edge::answer_pending(const Key& key, const PendingRoutes::Pending& pending, const Answer& answer,
                          Now now) {
    const bool known = !pending.caller.empty() || pending.dialog;
    const bool resend = known || pending.tried;  // after a 100 the caller does not repeat itself
    responder_.finish(key, pending.request, pending.flow, unless_merged(key, pending.request, answer),
                      resend ? Resend::until_ack : Resend::no, now.steady);
}

void Edge::forward(const Key& key, PendingRoutes::Pending pending, CallRouting::Fork fork, Now now) {
    const bool invite = pending.request.method() == Method::invite;
    output_.keep(pending.flow);
    if (invite && !pending.tried) {
        responder_.trying(key, pending.request, pending.flow);
        pending.tried = true;
    }
    ForwardRequest forward;
    if (pending.dialog) {
        forward.rewrite = names_in(*pending.dialog, pending.request);
        forward.from_stranger = is_stranger(*pending.dialog, pending.request);
        dialogs_.spoken(pending.request);
    } else if (!pending.mark.empty()) {
        forward.rewrite = rewritten_from(pending.request, pending.mark);
        forward.from_stranger = !pending.mark.known;
    }
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

std::optional<std::string> Edge::callable_refer_to(const PendingRoutes::Pending& pending, Time now) const {
    std::optional<std::string> changed;
    const auto& dialog = pending.dialog;
    std::string stands(pending.request.header(Header::refer_to).value_or(""));
    if (dialog ? dialog->speech.sender_ours : !pending.caller.empty())
        changed = refer_to_for_others(stands, own_, pending.flow, registrar_, host_, now);
    if (changed) stands = *changed;
    const auto phones = registrar_.bindings(dialog ? dialog->user : pending.callee, now);
    if (phones.empty()) return changed;
    const auto called = std::find_if(phones.begin(), phones.end(), [&](const Binding& binding) {
        return dialog && binding.flow == dialog->token->flow;
    });
    const Binding& phone = called == phones.end() ? phones.front() : *called;
    auto dialled = refer_to_for_phone(stands, own_, phone, host_.own_address(phone.flow));
    return dialled ? dialled : changed;
}

// The names that the dialog began with. Where they are forgotten, somebody from outside has none.
std::optional<FromRewrite> Edge::names_in(const DialogRoute& dialog, const MessageView& request) const {
    if (auto names = dialogs_.rewrite(request)) return names;
    const bool from_outside = !dialog.speech.sender_ours && dialog.speech.receiver_ours;
    if (!config_.judges_strangers || !from_outside) return std::nullopt;
    return rewritten_from(request, {"?", std::string(nobodys_uri), false});
}

bool Edge::is_stranger(const DialogRoute& dialog, const MessageView& request) const {
    if (!config_.judges_strangers || dialog.speech.sender_ours) return false;
    const auto known = dialogs_.find(request);
    return known.dialog == nullptr || known.sender == Side::callee || !known.dialog->mark.known;
}

// Nothing answers an ACK, so the first hop that is still one has to do.
void Edge::forward_ack(const MessageView& ack, const Flow& came_on, const DialogRoute& dialog,
                       const std::vector<Hop>& hops) {
    const auto rewrite = names_in(dialog, ack);
    for (const Hop& hop : hops) {
        if (proxy_.forward_ack(ack, came_on, hop, rewrite ? &*rewrite : nullptr)) return;
    }
}

// --- what may be asked

std::vector<Binding> Edge::bindings(std::string_view user, Now now) const {
    return registrar_.bindings(user, now.steady);
}

bool Edge::would_redirect(const std::string& user, const Binding& phone, const std::string& callee,
                          const RouteAnswer& found, Now now) const {
    return !config_.forwards || calls_.would_redirect(user, phone, callee, found, now.steady);
}

bool Edge::is_own_host(std::string_view host, std::optional<std::uint16_t> port, const Flow& flow) const {
    return own_.contain(host, port, flow);
}

}  // namespace sip
