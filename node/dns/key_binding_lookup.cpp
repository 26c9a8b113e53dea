// node/dns/key_binding_lookup.cpp - one TXT question, and what its answer is worth.
#include "node/dns/key_binding_lookup.hpp"

#include <utility>

#include "node/dns/dnssec_resolver.hpp"
#include "node/dns/reply_text.hpp"
#include "node/names/host_name.hpp"

namespace node {
namespace {

using State = KeyBinding::State;

KeyBinding outcome(State state, std::string text) {
    KeyBinding binding;
    binding.state = state;
    binding.text = std::move(text);
    return binding;
}

KeyBinding judge_found(const std::string& domain, const DnsReply& reply) {
    const KeyBindingRecords records = parse_key_binding_records(reply.records);
    const bool secure = reply.security == DnsSecurity::secure;
    if (!records.record && records.trouble.empty())
        return outcome(State::absent, domain + " names no key in DNS.");
    if (!secure) {
        return outcome(State::insecure, domain +
                                            " names a key in DNS, but nothing proves the answer (no "
                                            "DNSSEC): it does not count.");
    }
    if (!records.record) {
        return outcome(State::malformed, "The record at " + key_binding_name(domain) +
                                             " is proven by DNSSEC, but " + records.trouble + ".");
    }
    KeyBinding bound = outcome(State::bound, domain + " names its key in DNS, proven by DNSSEC.");
    bound.key = records.record->key;
    bound.max_age = records.record->max_age;
    return bound;
}

KeyBinding judge(const std::string& domain, const DnsReply& reply) {
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

std::optional<KeyBinding> key_binding_without_dns(const std::string& domain) {
    const auto refused = [](std::string text) {
        KeyBinding binding = outcome(State::absent, std::move(text));
        binding.step.result = binding.text;
        return binding;
    };
    if (const auto why = why_never_asked(domain)) return refused(domain + ": " + std::string(*why) + ".");
    if (!is_host_name(key_binding_name(domain)))  // 12 characters more than the domain: it may be too long
        return refused(domain + " is too long to have a record for its key.");
    return std::nullopt;
}

KeyBinding key_binding_turned_away() {
    KeyBinding binding = outcome(State::failed, "Too many questions to DNS are under way.");
    binding.step.result = binding.text;
    return binding;
}

KeyBinding key_binding_of(const std::string& domain, const DnsReply& reply,
                          std::chrono::milliseconds elapsed) {
    KeyBinding binding = judge(domain, reply);
    binding.step.question = key_binding_name(domain) + " TXT";
    binding.step.result = summary(DnsType::txt, reply);
    binding.step.security = reply.security;
    binding.step.answered = is_answer(reply.status);
    binding.step.elapsed = elapsed;
    return binding;
}

}  // namespace node
