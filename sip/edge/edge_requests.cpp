// sip/edge/edge_requests.cpp - the order in which a request is looked at, and who is asked about it.
//   readable? - ACK - well formed? - seen before? - CANCEL - of a dialog through us? - request_policy -
//   REGISTER | authenticate, ask the router
#include <asio/ip/address.hpp>
#include <string>
#include <utility>

#include "sip/edge/edge_impl.hpp"
#include "sip/edge/redirect_response.hpp"
#include "sip/edge/request_triage.hpp"
#include "sip/proxy/record_route.hpp"
#include "sip/syntax/label.hpp"
#include "sip/transaction/reply_flow.hpp"

namespace sip {

void Edge::Impl::handle(const MessageView& m, const Flow& flow) {
    if (m.method() == Method::ack) {  // never answered
        if (!transactions.acknowledge(m, flow, seen.steady) && config.forwards && !check(m))
            deliverer.ack(m, flow, seen.steady);
        return;
    }
    const Arrival a{m, flow, transactions.key_of(m, flow)};
    if (const auto fault = check(m)) {
        if (heeds(a, StrangerAct::probed))
            answer_stateless(a, {fault->status, std::string(fault->reason), {}});
        return;
    }
    if (transactions.absorb(a.key, m, flow)) {
        ++counters.retransmissions;
        return;
    }
    if (m.method() == Method::cancel) return cancel(a);
    if (config.forwards) {
        const auto dialog = deliverer.read_route(m, flow);
        if (dialog.token) return in_dialog(a, dialog);  // also for a method that we do not know (§16.3)
    }
    if (m.method() == Method::unknown) return answer_stateless(a, method_unknown());
    const auto target = target_of(m.request_uri(), own, flow);
    if (!target) return answer_stateless(a, target.error());
    const bool exists = target->label && users.find(*target->label) != nullptr;
    // Where strangers are judged, OPTIONS is answered alike for every label.
    Duty duty = duty_of(m, *target, exists || (config.inbound.judge && target->label));
    switch (duty.kind) {
        case Duty::Kind::answer:
            if (!heeds(a, StrangerAct::probed)) return;
            if (m.method() == Method::options && duty.answer.status == 200 && target->user.empty())
                prove(m, *target, duty.answer);
            return answer_stateless(a, duty.answer);
        case Duty::Kind::registration: return registration(a);
        case Duty::Kind::route: return route(a, *target, exists);
    }
}

void Edge::Impl::prove(const MessageView& m, const Target& target, Answer& answer) {
    proofs.add(m, target, answer, seen.steady);
    counters.proofs_given = proofs.given();
    counters.proofs_withheld = proofs.withheld();
}

void Edge::Impl::in_dialog(const Arrival& a, const Deliverer::Dialog& dialog) {
    if (const auto answer = stopped(a.message)) return answer_stateless(a, *answer);
    if (deliverer.proxy().looped(a.message)) return answer_stateless(a, {482, {}, {}});
    if (deliverer.full())
        return answer_stateless(a, {503, {}, {{"Retry-After", std::string(overload_seconds)}}});
    if (!open(a)) return;
    if (const auto answer = deliverer.in_dialog(a, dialog, seen.steady)) {
        ++counters.relay_refused;
        finish(a, *answer, Resend::until_ack);
    }
}

void Edge::Impl::cancel(const Arrival& a) {  // §9.2
    const Key invite = transactions.key_of_cancelled(a.message, a.flow);
    if (!transactions.known(invite)) return answer_stateless(a, {481, {}, {}});
    // "the To tag of the response to the CANCEL and the To tag in the response to the original request
    // SHOULD be the same"; without room the 200 is said without remembering it, for a CANCEL makes room.
    count(200);
    std::string ok = write(a.message, a.flow, invite, {200, {}, {}});
    if (transactions.open(a.key, a.message, a.flow)) {
        transactions.final(a.key, 200, std::move(ok), Resend::no, seen.steady);
    } else {
        output.send(reply_flow(a.message, a.flow), std::move(ok));
    }
    if (const auto pending = pendings.take(invite))
        return answer_pending(invite, *pending, {487, {}, {}}, seen.steady);
    (void)deliverer.proxy().cancel(invite, seen.steady);
}

std::optional<std::string> Edge::Impl::authenticate(const Arrival& a) {
    auto verdict = digest.verify(a.message, seen.steady);
    using Kind = Digest::Verdict::Kind;
    if (verdict.kind == Kind::accepted) {
        offer.accepted(a.message, a.flow, verdict.sha256, seen.steady);
        (void)heeds(a, StrangerAct::logged_in);
        return std::move(verdict.user);
    }
    if (verdict.kind == Kind::refused) ++counters.credentials_refused;
    if (verdict.kind == Kind::replayed) ++counters.replays_refused;
    if (!heeds(a, verdict.kind == Kind::refused ? StrangerAct::guessed : StrangerAct::asked)) {
        transactions.forget(a.key);
        return std::nullopt;
    }
    ++counters.challenged;
    const bool stale = verdict.kind == Kind::stale || verdict.kind == Kind::replayed;
    const bool md5_only = offer.md5_only(a.message, a.flow, verdict.kind != Kind::absent, seen.steady);
    finish(a, {401, {}, digest.challenge(stale, md5_only, seen.steady)}, Resend::no);
    return std::nullopt;
}

void Edge::Impl::registration(const Arrival& a) {
    // §10.3 step 5; a scheme that is not SIP's names nobody in our domain either.
    const auto to = NameAddrView::parse(a.message.header(Header::to).value_or(""));
    const auto uri = to ? UriView::parse(to->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->is_sip() || !own.contain(uri->host, uri->port, a.flow)) {
        return answer_stateless(a, {404, {}, {}});
    }
    if (!open(a)) return;
    const auto user = authenticate(a);
    if (!user) return;
    if (canonical_label(uri->user) != *user) {  // step 4
        return finish(a, {403, "Not Your Address", {}}, Resend::no);
    }
    const Answer answer = registrar.handle(a.message, *user, a.flow, seen);
    if (answer.status == 200) ++counters.registered;
    finish(a, answer, Resend::no);
}

std::optional<std::optional<std::string>> Edge::Impl::claimed_user(const Arrival& a) const {
    const auto from = NameAddrView::parse(a.message.header(Header::from).value_or(""));
    const auto uri = from ? UriView::parse(from->uri) : fail(Errc::bad_name_addr);
    if (!uri || !uri->is_sip() || !own.contain(uri->host, std::nullopt, a.flow)) return std::nullopt;
    const auto label = canonical_label(uri->user);
    // Half of all homes are 192.168.1.0/24: from outside, that is the caller's home and not ours. Unless the
    // name is one of our users': nobody outside may look like those without their password.
    asio::error_code no_literal;
    const auto literal = asio::ip::make_address(std::string(uri->host), no_literal);
    const bool anothers = !no_literal && network_kind(literal) == NetworkKind::inside &&
                          network_kind(a.flow.remote.address) == NetworkKind::open;
    if (anothers && (!label || users.find(*label) == nullptr)) return std::nullopt;
    return label;
}

bool Edge::Impl::heeds(const Arrival& a, StrangerAct act) const {
    return !config.inbound.heed || config.inbound.heed(a.message, a.flow, act, seen);
}

InboundVerdict Edge::Impl::judge(const Arrival& a, const Target& target, bool exists) const {
    if (!config.inbound.judge) return {};
    const std::string callee = target.label.value_or("");
    const bool reachable = exists && registrar.any(callee, seen.steady);
    const auto ticket = ticket_in(a.message.request_uri());
    return config.inbound.judge({a.message, a.flow, callee, exists, reachable, ticket}, seen);
}

// As for a user without a phone, who is turned away here too. Without memory, if that may be.
void Edge::Impl::turn_away(const Arrival& a, const InboundVerdict& verdict) {
    if (verdict.kind == InboundVerdict::Kind::ignore) return;
    if (!verdict.remember) return answer_stateless(a, {480, {}, {}});
    if (open(a)) finish(a, {480, {}, {}}, Resend::no);
}

void Edge::Impl::route(const Arrival& a, const Target& target, bool exists) {
    const auto claimed = claimed_user(a);
    const bool needs_us = !target.host_is_own || target.percent_form;  // the rule against being an open relay
    const bool to_authenticate = claimed || needs_us;
    InboundVerdict verdict;
    if (!to_authenticate) verdict = judge(a, target, exists);
    if (verdict.kind != InboundVerdict::Kind::ring) return turn_away(a, verdict);
    // A stranger learns here only what a call would tell.
    if (!to_authenticate && !exists) return answer_stateless(a, {404, {}, {}});
    if (!open(a)) return;
    std::string user;
    if (to_authenticate) {
        const auto authenticated = authenticate(a);
        if (!authenticated) {
            if (needs_us) ++counters.relay_refused;
            return;
        }
        if (claimed && *claimed != *authenticated) return finish(a, {403, "From Is Not You", {}}, Resend::no);
        user = *authenticated;
    }
    const Resend resend = to_authenticate ? Resend::until_ack : Resend::no;
    // Of our own user's callee the router may know more: another node of the same owner, a contact.
    if (user.empty() && exists && !registrar.any(*target.label, seen.steady))
        return finish(a, {480, {}, {}}, resend);
    if (config.forwards && !target.host_is_own && !target.percent_form && !deliverer.full() &&
        deliverer.follow_up(a, user, seen.steady))
        return;
    if (pendings.full()) {
        return finish(a, {503, {}, {{"Retry-After", std::string(overload_seconds)}}}, Resend::no);
    }
    ask(a, target, user, verdict.mark);
}

void Edge::Impl::ask(const Arrival& a, const Target& target, const std::string& user,
                     const CallerMark& mark) {
    RouteQuestion question;
    question.uri = target.uri;
    question.user = target.label.value_or(target.user);
    question.host = target.host;
    question.port = target.port;
    question.transport = target.transport;
    question.sips = target.sips;
    question.host_is_own = target.host_is_own;
    question.from_own_user = !user.empty();
    if (!user.empty() && !wants_privacy(a.message)) question.caller = "sip:" + user + "@" + own.name(a.flow);
    question.flow = a.flow;
    const Key key = a.key;
    PendingRoutes::Pending pending;
    pending.flow = a.flow;
    pending.name = own.name(a.flow);
    pending.caller = user;
    pending.mark = mark;
    if (target.label && users.find(*target.label) != nullptr) pending.callee = *target.label;
    const auto serial = pendings.add(key, a.message, std::move(pending), seen.steady);
    router.route(question, [self = std::weak_ptr<Impl*>(token), key, serial](const RouteAnswer& answer) {
        if (const auto alive = self.lock()) (*alive)->routed(key, serial, answer);
    });
}

void Edge::Impl::routed(const Key& key, std::uint64_t serial, const RouteAnswer& route) {
    const auto pending = pendings.take(key, serial);
    if (!pending) return;  // cancelled, or too late
    if (config.forwards && route.status < 400 && !route.contacts.empty()) {
        const auto answer = deliverer.deliver(key, *pending, route, seen.steady, inside);
        if (answer) answer_pending(key, *pending, *answer, moment());
    } else {
        const auto message = MessageView::parse(pending->wire);
        const auto uri = message ? message->request_uri() : std::string_view{};
        answer_pending(key, *pending, redirect_answer(route, uri, pending->name), moment());
    }
    wake_changed();
}

}  // namespace sip
