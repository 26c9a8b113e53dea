// sip/edge.cpp - the order in which a request is looked at, and who is asked about it.
//   readable? - ACK - well formed? - seen before? - CANCEL - request_policy -
//   REGISTER | authenticate, ask the router
#include "sip/edge.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "sip/builder.hpp"
#include "sip/deliverer.hpp"
#include "sip/digest.hpp"
#include "sip/digest_offer.hpp"
#include "sip/host_proofs.hpp"
#include "sip/label.hpp"
#include "sip/message.hpp"
#include "sip/own_hosts.hpp"
#include "sip/pending_routes.hpp"
#include "sip/redirect.hpp"
#include "sip/registrar.hpp"
#include "sip/reply_flow.hpp"
#include "sip/request_policy.hpp"
#include "sip/server_transactions.hpp"
#include "sip/target.hpp"

namespace sip {

namespace {

using Key = ServerTransactions::Key;
using Resend = ServerTransactions::Resend;
using Time = std::chrono::steady_clock::time_point;

constexpr std::string_view overload_seconds = "5";

std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

}  // namespace

struct Edge::Impl : Upstream {
    Impl(EdgeConfig c, const std::array<std::uint8_t, 32>& secret, Users& u, BindingStore& store, Router& r,
         Output& o, Now now)
        : config(std::move(c)),
          users(u),
          router(r),
          output(o),
          own(config.domains, config.listening, config.also_own),
          proofs(config.prove, own),
          digest(config.realm, secret, users),
          transactions(secret, {config.max_transactions}, output),
          registrar(
              {config.min_expires, config.max_expires, config.default_expires, config.max_bindings_per_user},
              store, now),
          deliverer(delivery_rules(config, users), secret, config.flow_key.value_or(secret), own, registrar,
                    transactions, r, *this, o),
          seen(now) {
        deliverer.on_waiting = [this] { wake_changed(); };
    }

    // --- answers

    [[nodiscard]] std::string write(const MessageView& m, const Flow& flow, const Key& key,
                                    const Answer& answer) const {
        ResponseBuilder response(m, flow, answer.status, answer.reason, transactions.tag_of(key));
        for (const auto& [field, value] : answer.fields)
            response.add(field, value);
        if (!config.server_header.empty()) response.add(Header::server, config.server_header);
        return response.finish();
    }

    void count(int status) {
        ++counters.answers[status];
        if (status == 302) ++counters.sent_302;
    }

    // §8.2.7: for answers that follow from the request alone.
    void answer_stateless(const Arrival& a, const Answer& answer) {
        count(answer.status);
        output.send(reply_flow(a.message, a.flow), write(a.message, a.flow, a.key, answer));
    }

    void finish(const Arrival& a, const Answer& answer, Resend resend) {
        count(answer.status);
        transactions.final(a.key, answer.status, write(a.message, a.flow, a.key, answer), resend,
                           seen.steady);
    }

    // False: there was no room, and the caller was told so.
    [[nodiscard]] bool open(const Arrival& a) {
        if (transactions.open(a.key, a.message, a.flow)) return true;
        answer_stateless(a, {503, {}, {{"Retry-After", std::string(overload_seconds)}}});
        return false;
    }

    void answer_pending(const Key& key, const PendingRoutes::Pending& pending, const Answer& answer,
                        std::optional<Time> now) {
        const auto message = MessageView::parse(pending.wire);
        if (!message) return;  // it was parsed when it came
        count(answer.status);
        const bool resend =
            !pending.caller.empty() || pending.tried;  // after a 100 the caller does not repeat itself
        transactions.final(key, answer.status, write(*message, pending.flow, key, answer),
                           resend ? Resend::until_ack : Resend::no, now);
    }

    // --- Upstream: what the proxy has to say

    void pass_on(const Key& key, int status, std::string bytes) override {
        if (status < 200) return transactions.provisional(key, std::move(bytes));
        if (transactions.unanswered(key)) count(status);
        transactions.final(key, status, std::move(bytes), Resend::until_ack, seen.steady);
    }
    void conclude(const Key& key, const MessageView& request, const Flow& flow,
                  const Answer& answer) override {
        pass_on(key, answer.status, write(request, flow, key, answer));
    }
    void stay_silent(const Key& key) override { transactions.forget(key); }

    // --- requests

    void handle(const MessageView& m, const Flow& flow) {
        if (m.method() == Method::ack) {  // never answered
            if (!transactions.acknowledge(m, flow, seen.steady) && config.forwards && !check(m))
                deliverer.ack(m, flow);
            return;
        }
        const Arrival a{m, flow, transactions.key_of(m, flow)};
        if (const auto fault = check(m)) {
            answer_stateless(a, {fault->status, std::string(fault->reason), {}});
            return;
        }
        if (transactions.absorb(a.key, m, flow)) {
            ++counters.retransmissions;
            return;
        }
        if (m.method() == Method::unknown) return answer_stateless(a, method_unknown());
        if (m.method() == Method::cancel) return cancel(a);
        if (config.forwards) {
            const auto dialog = deliverer.read_route(m, flow);
            if (dialog.token) return in_dialog(a, dialog);
        }
        const auto target = target_of(m.request_uri(), own, flow);
        if (!target) return answer_stateless(a, target.error());
        const bool exists = target->label && users.find(*target->label) != nullptr;
        Duty duty = duty_of(m, *target, exists);
        switch (duty.kind) {
            case Duty::Kind::answer:
                if (m.method() == Method::options && duty.answer.status == 200 && target->user.empty())
                    prove(m, *target, duty.answer);
                return answer_stateless(a, duty.answer);
            case Duty::Kind::registration: return registration(a);
            case Duty::Kind::route: return route(a, *target, exists);
        }
    }

    void prove(const MessageView& m, const Target& target, Answer& answer) {
        proofs.add(m, target, answer, seen.steady);
        counters.proofs_given = proofs.given();
        counters.proofs_withheld = proofs.withheld();
    }

    void in_dialog(const Arrival& a, const Deliverer::Dialog& dialog) {
        if (const auto answer = stopped(a.message)) return answer_stateless(a, *answer);
        if (deliverer.proxy().looped(a.message)) return answer_stateless(a, {482, {}, {}});
        if (deliverer.full())
            return answer_stateless(a, {503, {}, {{"Retry-After", std::string(overload_seconds)}}});
        if (open(a)) deliverer.in_dialog(a, dialog, seen.steady);
    }

    void cancel(const Arrival& a) {  // §9.2
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

    // The user whose credentials the request carries; else it was
    // answered. REQUIRES: the transaction is open.
    [[nodiscard]] std::optional<std::string> authenticate(const Arrival& a) {
        auto verdict = digest.verify(a.message, seen.steady);
        using Kind = Digest::Verdict::Kind;
        if (verdict.kind == Kind::accepted) {
            offer.accepted(a.message, a.flow, verdict.sha256, seen.steady);
            return std::move(verdict.user);
        }
        if (verdict.kind == Kind::refused) ++counters.credentials_refused;
        if (verdict.kind == Kind::replayed) ++counters.replays_refused;
        ++counters.challenged;
        const bool stale = verdict.kind == Kind::stale || verdict.kind == Kind::replayed;
        const bool md5_only = offer.md5_only(a.message, a.flow, verdict.kind != Kind::absent, seen.steady);
        finish(a, {401, {}, digest.challenge(stale, md5_only, seen.steady)}, Resend::no);
        return std::nullopt;
    }

    void registration(const Arrival& a) {
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

    // The user that From claims to be, when it is at a host of ours (with any port: a look-alike is refused
    // too). The inner optional is empty for a claim that is no label.
    [[nodiscard]] std::optional<std::optional<std::string>> claimed_user(const Arrival& a) const {
        const auto from = NameAddrView::parse(a.message.header(Header::from).value_or(""));
        const auto uri = from ? UriView::parse(from->uri) : fail(Errc::bad_name_addr);
        if (!uri || !uri->is_sip() || !own.contain(uri->host, std::nullopt, a.flow)) return std::nullopt;
        return canonical_label(uri->user);
    }

    void route(const Arrival& a, const Target& target, bool exists) {
        const auto claimed = claimed_user(a);
        const bool needs_us =
            !target.host_is_own || target.percent_form;  // the rule against being an open relay
        const bool to_authenticate = claimed || needs_us;
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
            if (claimed && *claimed != *authenticated)
                return finish(a, {403, "From Is Not You", {}}, Resend::no);
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
        ask(a, target, user);
    }

    void ask(const Arrival& a, const Target& target, const std::string& user) {
        RouteQuestion question;
        question.uri = target.uri;
        question.user = target.label.value_or(target.user);
        question.host = target.host;
        question.port = target.port;
        question.transport = target.transport;
        question.sips = target.sips;
        question.host_is_own = target.host_is_own;
        question.from_own_user = !user.empty();
        if (!user.empty()) question.caller = "sip:" + user + "@" + own.name(a.flow);
        question.flow = a.flow;
        const Key key = a.key;
        PendingRoutes::Pending pending;
        pending.flow = a.flow;
        pending.name = own.name(a.flow);
        pending.caller = user;
        if (target.label && users.find(*target.label) != nullptr) pending.callee = *target.label;
        const auto serial = pendings.add(key, a.message, std::move(pending), seen.steady);
        router.route(question, [self = std::weak_ptr<Impl*>(token), key, serial](const RouteAnswer& answer) {
            if (const auto alive = self.lock()) (*alive)->routed(key, serial, answer);
        });
    }

    void routed(const Key& key, std::uint64_t serial, const RouteAnswer& route) {
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

    [[nodiscard]] std::optional<Time> moment() const {
        return inside ? std::optional(seen.steady) : std::nullopt;
    }
    void wake_changed() const {
        if (!inside && owner->on_wake_changed) owner->on_wake_changed();
    }

    // --- time

    void enter(Now now) {
        seen = now;
        inside = true;
        transactions.arm(now.steady);
        deliverer.start_waiting(now.steady);
    }

    void leave() {
        inside = false;
        for (const std::string& user : registrar.take_changed()) {
            if (owner->on_bindings_changed) owner->on_bindings_changed(user);
        }
    }

    void on_time() {
        transactions.on_time(seen.steady);
        deliverer.proxy().on_time(seen.steady);
        registrar.on_time(seen);
        while (const auto due = pendings.next_due(seen.steady)) {
            if (due->expired) {
                if (const auto pending = pendings.take(due->key)) {
                    answer_pending(due->key, *pending, {504, {}, {}}, seen.steady);
                }
                continue;
            }
            const auto* pending = pendings.find(due->key);
            const auto message = MessageView::parse(pending->wire);
            if (message)
                transactions.provisional(due->key, ResponseBuilder(*message, pending->flow, 100).finish());
        }
    }

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

Edge::Edge(EdgeConfig config, const std::array<std::uint8_t, 32>& secret, Users& users, BindingStore& store,
           Router& router, Output& output, Now now) {
    if (sodium_init() < 0) throw std::runtime_error("libsodium cannot start");
    impl_ = std::make_unique<Impl>(std::move(config), secret, users, store, router, output, now);
    impl_->owner = this;
    impl_->registrar.keep_only([&](std::string_view user) { return users.find(user) != nullptr; });
}

Edge::~Edge() = default;

void Edge::receive(const Flow& flow, std::string_view wire, Now now) {
    impl_->enter(now);
    ++impl_->counters.received;
    const auto message = MessageView::parse(wire);
    if (!message) ++impl_->counters.unreadable;
    if (message && message->is_request()) {
        impl_->handle(*message, flow);
    } else if (message) {
        impl_->deliverer.proxy().response(*message, now.steady);
    }
    impl_->leave();
}

void Edge::broken_stream(const Flow& flow, std::string_view header, Now now) {
    impl_->enter(now);
    ++impl_->counters.received;
    const auto message = MessageView::parse(header);
    if (!message) ++impl_->counters.unreadable;
    if (message && message->is_request() && message->method() != Method::ack) {
        const auto fault = check(*message).value_or(Fault{400, "Bad Content-Length"});
        impl_->answer_stateless({*message, flow, impl_->transactions.key_of(*message, flow)},
                                {fault.status, std::string(fault.reason), {}});
    }
    impl_->output.close(flow);
    impl_->leave();
}

void Edge::flow_failed(const Flow& flow, Now now) {
    impl_->enter(now);
    impl_->deliverer.proxy().flow_failed(flow, now.steady);
    impl_->leave();
}

std::optional<Time> Edge::next_wake() const {
    const bool now =
        impl_->transactions.unarmed() || impl_->registrar.has_changed() || impl_->deliverer.waiting();
    const auto timers =
        earlier(earlier(impl_->transactions.next_wake(), impl_->deliverer.proxy().next_wake()),
                earlier(impl_->registrar.next_wake(), impl_->pendings.next_wake()));
    return now ? earlier(impl_->seen.steady, timers) : timers;
}

void Edge::on_time(Now now) {
    impl_->enter(now);
    impl_->on_time();
    impl_->leave();
}

std::vector<Binding> Edge::bindings(std::string_view user, Now now) const {
    return impl_->registrar.bindings(user, now.steady);
}

bool Edge::is_own_host(std::string_view host, std::optional<std::uint16_t> port, const Flow& flow) const {
    return impl_->own.contain(host, port, flow);
}

void Edge::users_changed(Now now) {
    impl_->enter(now);
    impl_->registrar.keep_only([&](std::string_view user) { return impl_->users.find(user) != nullptr; });
    impl_->leave();
}

const EdgeCounters& Edge::counters() const noexcept {
    return impl_->counters;
}

const ProxyCounters& Edge::proxied() const noexcept {
    return impl_->deliverer.proxy().counters();
}

}  // namespace sip
