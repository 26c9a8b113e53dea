// node/dns/key_binding_lookup.cpp - one TXT question, and what its answer is worth.
#include "node/dns/key_binding_lookup.hpp"

#include <asio/post.hpp>
#include <utility>

#include "node/dns/reply_text.hpp"
#include "node/dns/sip_locator.hpp"
#include "node/names/host_name.hpp"

namespace node {
namespace {

constexpr std::size_t max_pending = 1000;

using State = DnsBinding::State;

DnsBinding outcome(State state, std::string text) {
    DnsBinding binding;
    binding.state = state;
    binding.text = std::move(text);
    return binding;
}

DnsBinding judge_found(const std::string& domain, const DnsReply& reply) {
    const BindingRecords records = parse_binding_records(reply.records);
    const bool secure = reply.security == DnsSecurity::secure;
    if (!records.record && records.trouble.empty())
        return outcome(State::absent, domain + " names no key in DNS.");
    if (!secure) {
        return outcome(State::insecure, domain +
                                            " names a key in DNS, but nothing proves the answer (no "
                                            "DNSSEC): it does not count.");
    }
    if (!records.record) {
        return outcome(State::malformed, "The record at " + binding_name(domain) +
                                             " is proven by DNSSEC, but " + records.trouble + ".");
    }
    DnsBinding bound = outcome(State::bound, domain + " names its key in DNS, proven by DNSSEC.");
    bound.key = records.record->key;
    bound.max_age = records.record->max_age;
    return bound;
}

DnsBinding judge(const std::string& domain, const DnsReply& reply) {
    switch (reply.status) {
        case DnsStatus::found: return judge_found(domain, reply);
        case DnsStatus::nxdomain:
        case DnsStatus::nodata: return outcome(State::absent, domain + " names no key in DNS.");
        case DnsStatus::bogus:
            return outcome(State::bogus, "DNSSEC says that the answer about the key of " + domain +
                                             " is forged: it does not count.");
        case DnsStatus::silent:
            return outcome(State::failed, "DNS did not say in time which key " + domain + " has.");
        case DnsStatus::servfail:
        case DnsStatus::refused:
        case DnsStatus::unreachable:
        case DnsStatus::error: break;
    }
    return outcome(State::failed,
                   "DNS failed to say which key " + domain + " has: " + summary(DnsType::txt, reply) + ".");
}

}  // namespace

DnsBindings::DnsBindings(asio::io_context& loop, DnsService& service, std::chrono::milliseconds deadline)
    : loop_(loop), service_(service), deadline_(deadline) {}

DnsBindings::~DnsBindings() {
    for (const auto& [id, pending] : pending_)
        service_.cancel(pending.ticket);
}

void DnsBindings::lookup(const std::string& domain, std::function<void(DnsBinding)> done) {
    const auto refuse = [&](DnsBinding refused) {
        refused.step.result = refused.text;
        asio::post(loop_, [alive = std::weak_ptr(alive_), refused = std::move(refused), done] {
            if (!alive.expired()) done(refused);
        });
    };
    if (const auto why = why_never_asked(domain))
        return refuse(outcome(State::absent, domain + ": " + std::string(*why) + "."));
    const std::string question = binding_name(domain);
    if (!is_host_name(question))  // 12 characters more than the domain: it may be too long
        return refuse(outcome(State::absent, domain + " is too long to have a record for its key."));
    if (pending_.size() >= max_pending)
        return refuse(outcome(State::failed, "Too many questions to DNS are under way."));

    const std::uint64_t id = ++last_id_;
    Pending& pending = pending_.try_emplace(id, loop_).first->second;
    pending.asked = std::chrono::steady_clock::now();
    pending.domain = domain;
    pending.done = std::move(done);
    pending.timer.expires_after(deadline_);
    pending.timer.async_wait([this, id, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (error || alive.expired()) return;
        DnsReply silent;
        silent.status = DnsStatus::silent;
        finish(id, silent);
    });
    pending.ticket =
        service_.ask(question, DnsType::txt, [this, id](const DnsReply& reply) { finish(id, reply); });
}

void DnsBindings::finish(std::uint64_t id, const DnsReply& reply) {
    const auto node = pending_.extract(id);
    if (node.empty()) return;
    const Pending& pending = node.mapped();
    service_.cancel(pending.ticket);  // after a timeout
    DnsBinding binding = judge(pending.domain, reply);
    binding.step.question = binding_name(pending.domain) + " TXT";
    binding.step.result = summary(DnsType::txt, reply);
    binding.step.security = reply.security;
    binding.step.answered = is_answer(reply.status);
    binding.step.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - pending.asked);
    pending.done(std::move(binding));
}

}  // namespace node
