// sip/edge/edge.cpp - the order in which a request is looked at, who may have it go on, and what time brings.
#include "sip/edge/edge.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sip/edge/request_triage.hpp"
#include "sip/edge/transfer.hpp"
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

}  // namespace

Edge::Edge(EdgeConfig config, Users& users, BindingStore& store, EdgeHost& host, Output& output, Now now)
    : config_(with_keys(std::move(config))),
      users_(users),
      host_(host),
      output_(output),
      own_(config_.domains, config_.listening, &host),
      proofs_(host, own_),
      gate_(config_.source_requests),
      authenticator_(config_, users, own_, gate_, host),
      responder_(config_.server_header, config_.secret, {config_.max_transactions}, output),
      registrar_(
          {config_.min_expires, config_.max_expires, config_.default_expires, config_.max_bindings_per_user},
          store, now),
      dialogs_(config_.flow_key.value_or(config_.secret)),
      forwarder_(config_, {users, registrar_, own_}, dialogs_, host, responder_, output),
      keeper_(config_.secret, dialogs_, registrar_, host, output),
      moved_(config_.secret, dialogs_, keeper_, host, output),
      last_words_(config_.secret, dialogs_, registrar_, host, output),
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
    } else if (message && !keeper_.response(*message, now.steady) && !moved_.response(*message) &&
               !last_words_.response(*message, now.steady)) {
        forwarder_.response(*message, now);
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
    forwarder_.flow_failed(failed, now);
    keeper_.flow_failed(failed, now.steady);
    last_words_.flow_failed(failed);
    keeper_.look(now.steady);
}

void Edge::answered(const RouteId& id, RouteAnswer route, Now now) {
    forwarder_.answered(id, std::move(route), now);
}

void Edge::on_time(Now now) {
    responder_.transactions().on_time(now.steady);
    forwarder_.on_time(now);
    registrar_.on_time(now);
    keeper_.on_time(now.steady);
    moved_.on_time(now.steady);
    last_words_.on_time(now.steady);
    keeper_.look(now.steady);
    report_changes();
}

void Edge::users_changed(Now /*now*/) {
    registrar_.keep_only([&](std::string_view user) { return users_.find(user) != nullptr; });
    report_changes();
}

std::optional<Edge::Time> Edge::next_wake() const {
    const auto calls = earlier(earlier(forwarder_.next_wake(), keeper_.next_wake()),
                               earlier(moved_.next_wake(), last_words_.next_wake()));
    const auto timers =
        earlier(earlier(responder_.transactions().next_wake(), calls), registrar_.next_wake());
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
        auto dialog = forwarder_.read_route(m, flow, now);
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
           (authenticator_.claimed_user(a.message, a.flow) || !ticket_in(a.message.request_uri()).empty());
}

// Never answered. One to an error of ours ends it; one to a 2xx goes on, or nowhere.
void Edge::acknowledge(const MessageView& ack, const Flow& flow, Now now) {
    if (responder_.transactions().acknowledge(ack, flow, now.steady) || !config_.forwards || check(ack))
        return;
    auto dialog = forwarder_.read_route(ack, flow, now);
    if (!dialog.token || right_of(dialog.speech) != Right::pass) return;
    forwarder_.acknowledge({ack, flow, responder_.transactions().key_of(ack, flow), now}, std::move(dialog));
}

void Edge::cancel(const Arrival& a) {  // §9.2
    const Key invite = responder_.transactions().key_of_cancelled(a.message, a.flow);
    if (!responder_.transactions().known(invite)) return answer_stateless(a, {481, {}, {}});
    responder_.accept_cancel(a.key, invite, a.message, a.flow, a.now.steady);
    forwarder_.cancel(invite, a.message, a.now);
}

void Edge::in_dialog(const Arrival& a, DialogRoute dialog) {
    if (const auto answer = stopped(a.message)) return answer_stateless(a, *answer);
    if (forwarder_.looped(a.message)) return answer_stateless(a, {482, {}, {}});
    if (forwarder_.full() || forwarder_.too_many_wait()) return answer_stateless(a, Responder::overloaded());
    switch (right_of(dialog.speech)) {
        case Right::pass: break;
        case Right::judge:
            if (const auto verdict = judge_news(a, dialog); verdict.kind != InboundVerdict::Kind::ring)
                return turn_away(a, verdict);
            break;
        case Right::refuse: return answer_no_dialog(a);
    }
    if (!open(a)) return;
    if (forwarder_.in_dialog(a, std::move(dialog))) return;
    ++counters_.relay_refused;
    finish(a, {403, "Not Of This Dialog", {}}, Resend::until_ack);
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
                proofs_.add(a.message, *target, triage.answer, a.now.steady);
            return answer_stateless(a, triage.answer);
        case Triage::Kind::registration: return registration(a);
        case Triage::Kind::route: return route(a, *target, exists);
    }
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
    const auto claimed = authenticator_.claimed_user(a.message, a.flow);
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
            // Each call of a phone of ours begins with a challenge.
            const bool begins = claimed && !a.message.header(Header::proxy_authorization) &&
                                !a.message.header(Header::authorization);
            if (needs_us && !begins) ++counters_.relay_refused;
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
        if (auto beyond = forwarder_.read_route(a.message, a.flow, a.now).route; !beyond.empty())
            return follow_route(a, user, std::move(beyond));
    }
    const bool elsewhere = !target.host_is_own && !target.percent_form;
    if (config_.forwards && elsewhere && !forwarder_.full() && forwarder_.follow_up(a, user)) return;
    if (forwarder_.too_many_wait()) return finish(a, Responder::overloaded(), Resend::no);
    forwarder_.ask(a, target, user, verdict.mark);
}

// RFC 3261 §16.6 step 6. To an address alone: whom a name leads to would have to be found first.
void Edge::follow_route(const Arrival& a, const std::string& user, std::vector<std::string> route) {
    if (forwarder_.full()) return finish(a, Responder::overloaded(), Resend::no);
    if (forwarder_.looped(a.message)) return finish(a, {482, {}, {}}, Resend::no);
    if (forwarder_.by_route(a, user, std::move(route))) return;
    ++counters_.relay_refused;
    finish(a,
           {403,
            "Route Leads Elsewhere",
            {{"Warning", "399 " + own_.name(a.flow) +
                             " \"Route names a host that is not this node (sip.domains), and that "
                             "may not be called\""}}},
           Resend::until_ack);
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
    const auto dialog = forwarder_.read_route(a.message, a.flow, a.now);
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
    auto outcome = authenticator_.authenticate(a.message, a.flow, a.now);
    if (auto* proven = std::get_if<Authenticator::Proven>(&outcome)) {
        output_.keep(a.flow);
        responder_.prove(a.key);
        return std::move(proven->user);
    }
    if (const auto* answer = std::get_if<Answer>(&outcome)) {
        finish(a, *answer, Resend::no);
    } else {
        responder_.stay_silent(a.key);
    }
    return std::nullopt;
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
// dialog's first request has proved him to be, or whom it has met, and to be known by nothing else.
InboundVerdict Edge::judge_news(const Arrival& a, const DialogRoute& dialog) const {
    if (!config_.judges_strangers) return {};
    const auto known = dialogs_.find(a.message);
    const bool proven =
        known.dialog != nullptr && known.sender == Side::caller && known.dialog->mark.asserted;
    const std::string called = proven ? std::string() : called_as(known, a.flow);
    const std::string_view caller = proven ? std::string_view(known.dialog->mark.uri) : called;
    const bool exists = !dialog.user.empty();
    return host_.judge({a.message, a.flow, dialog.user, exists, exists, {}, a.admitted, caller}, a.now);
}

// Whom a user of ours has called and met by the key of his record's edge, is he whom he meant.
std::string Edge::called_as(const Dialogs::Found& known, const Flow& flow) const {
    if (known.answerer == nullptr || known.sender != Side::callee || !known.dialog->caller.at.ours) return {};
    const auto& keys = known.dialog->called;
    const auto peer = output_.peer(flow);
    if (!peer || std::find(keys.begin(), keys.end(), peer->key_hash) == keys.end() ||
        !keeper_.is_same_node(known.answerer->end.at.flow, flow))
        return {};
    const auto to = NameAddrView::parse(known.dialog->dialled);
    const auto uri = to ? UriView::parse(to->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->is_sip()) return {};
    const std::string name = full_name_of(*uri, own_, known.dialog->caller.at.flow, host_);
    return name.empty() ? std::string(to->uri) : name;
}

// As for a user without a phone, who is turned away here too. Without memory, if that may be.
void Edge::turn_away(const Arrival& a, const InboundVerdict& verdict) {
    const bool answered = verdict.known || gate_.admits(a.flow, StrangerAct::not_ringing, a.now.steady);
    if (!answered) ++counters_.ignored;
    if (!answered || verdict.kind == InboundVerdict::Kind::ignore) return;
    if (!verdict.remember) return answer_stateless(a, {480, {}, {}});
    if (open(a)) finish(a, {480, {}, {}}, Resend::no);
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
    responder_.finish(a.key, a.message, a.flow, responder_.unless_merged(a.key, a.message, answer), resend,
                      a.now.steady);
}

// --- what may be asked

EdgeCounters Edge::counters() const {
    EdgeCounters all = counters_;
    const LoginCounters& logins = authenticator_.counters();
    all.challenged = logins.challenged;
    all.credentials_refused = logins.credentials_refused;
    all.replays_refused = logins.replays_refused;
    all.proofs_given = proofs_.given();
    all.proofs_withheld = proofs_.withheld();
    return all;
}

std::vector<Binding> Edge::bindings(std::string_view user, Now now) const {
    return registrar_.bindings(user, now.steady);
}

bool Edge::would_redirect(const std::string& user, const Binding& phone, const std::string& callee,
                          const RouteAnswer& found, Now now) const {
    return !config_.forwards || forwarder_.calls().would_redirect(user, phone, callee, found, now.steady);
}

bool Edge::is_own_host(std::string_view host, std::optional<std::uint16_t> port, const Flow& flow) const {
    return own_.contain(host, port, flow);
}

}  // namespace sip
