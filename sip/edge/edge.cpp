// sip/edge/edge.cpp - how an answer is given, what time brings, and the edge's public face.
#include "sip/edge/edge.hpp"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "sip/edge/edge_impl.hpp"
#include "sip/syntax/builder.hpp"
#include "sip/transaction/reply_flow.hpp"

namespace sip {

namespace {

using Time = std::chrono::steady_clock::time_point;

std::optional<Time> earlier(std::optional<Time> a, std::optional<Time> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

}  // namespace

Edge::Impl::Impl(EdgeConfig c, const std::array<std::uint8_t, 32>& secret, Users& u, BindingStore& store,
                 Router& r, Output& o, Now now)
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

std::string Edge::Impl::write(const MessageView& m, const Flow& flow, const Key& key,
                              const Answer& answer) const {
    ResponseBuilder response(m, flow, answer.status, answer.reason, transactions.tag_of(key));
    for (const auto& [field, value] : answer.fields)
        response.add(field, value);
    if (!config.server_header.empty()) response.add(Header::server, config.server_header);
    return response.finish();
}

void Edge::Impl::count(int status) {
    ++counters.answers[status];
    if (status == 302) ++counters.sent_302;
}

void Edge::Impl::answer_stateless(const Arrival& a, const Answer& answer) {
    count(answer.status);
    output.send(reply_flow(a.message, a.flow), write(a.message, a.flow, a.key, answer));
}

void Edge::Impl::finish(const Arrival& a, const Answer& answer, Resend resend) {
    count(answer.status);
    transactions.final(a.key, answer.status, write(a.message, a.flow, a.key, answer), resend, seen.steady);
}

bool Edge::Impl::open(const Arrival& a) {
    if (transactions.open(a.key, a.message, a.flow)) return true;
    answer_stateless(a, {503, {}, {{"Retry-After", std::string(overload_seconds)}}});
    return false;
}

void Edge::Impl::answer_pending(const Key& key, const PendingRoutes::Pending& pending, const Answer& answer,
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

void Edge::Impl::pass_on(const Key& key, int status, std::string bytes) {
    if (status < 200) return transactions.provisional(key, std::move(bytes));
    if (transactions.unanswered(key)) count(status);
    transactions.final(key, status, std::move(bytes), Resend::until_ack, seen.steady);
}

void Edge::Impl::conclude(const Key& key, const MessageView& request, const Flow& flow,
                          const Answer& answer) {
    pass_on(key, answer.status, write(request, flow, key, answer));
}

void Edge::Impl::stay_silent(const Key& key) {
    transactions.forget(key);
}

std::optional<Time> Edge::Impl::moment() const {
    return inside ? std::optional(seen.steady) : std::nullopt;
}

void Edge::Impl::wake_changed() const {
    if (!inside && owner->on_wake_changed) owner->on_wake_changed();
}

// --- time

void Edge::Impl::enter(Now now) {
    seen = now;
    inside = true;
    transactions.arm(now.steady);
    deliverer.start_waiting(now.steady);
}

void Edge::Impl::leave() {
    inside = false;
    for (const std::string& user : registrar.take_changed()) {
        if (owner->on_bindings_changed) owner->on_bindings_changed(user);
    }
}

void Edge::Impl::on_time() {
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

// --- the public face

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

bool Edge::would_redirect(const std::string& user, const Binding& phone, const std::string& callee,
                          Now now) const {
    return impl_->config.forwards ? impl_->deliverer.would_redirect(user, phone, callee, now.steady) : true;
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
