// node/routing/domain_policy.cpp - the rules, in the order in which they are looked at.
#include "node/routing/domain_policy.hpp"

#include <algorithm>

namespace node {
namespace {

using Millis = std::chrono::milliseconds;

bool found(const Asked<StepAnswer>& step) {
    return step.answer && step.answer->verdict == Verdict::found;
}

bool is_final(const Asked<StepAnswer>& step) {
    return step.answer && step.answer->verdict == Verdict::refused;
}

/// Does this DNS answer speak for the domain as its bound key does?
bool is_proven(const Asked<StepAnswer>& dns, const crypto::PublicKey& key) {
    return found(dns) && (dns.answer->secure || dns.answer->edge_key == key);
}

/// `answer` could be given since `since`, were it not for a TXT that may still come and change it.
Decision unless_a_key_comes(const Evidence& evidence, const ChainRules& rules, Millis since, Answer answer) {
    const auto until = since + rules.binding_patience;
    if (evidence.binding.is_open() && evidence.elapsed < until) return WaitUntil{until};
    return answer;
}

Decision decide_bound(const Evidence& evidence, const ChainRules& rules) {
    const auto& dns = evidence.dns;
    const auto& dht = evidence.dht;
    const bool proven = is_proven(dns, evidence.bound->key);
    // First use: DNS comes first, as for any domain, once the host it leads to has proved the key.
    const bool first_use = evidence.bound->source == TrustSource::first_use;
    if (first_use && proven)
        return unless_a_key_comes(evidence, rules, dns.answered_at, {dns.answer->answer, {}});
    if (!dht.asked && first_use && dns.is_open()) return WaitUntil{};
    if (!dht.asked) return AskDht{evidence.bound->key};
    if (found(dht) || is_final(dht))
        return unless_a_key_comes(evidence, rules, dht.answered_at, {dht.answer->answer, {}});
    if (proven) {
        const auto until = std::max(dns.answered_at, dht.asked_at) + rules.dht_patience;
        if (dht.is_open() && evidence.elapsed < until) return WaitUntil{until};
        const auto since = dht.is_open() ? until : std::max(dns.answered_at, dht.answered_at);
        return unless_a_key_comes(evidence, rules, since, {dns.answer->answer, {}});
    }
    if (dht.is_open() || dns.is_open()) return WaitUntil{};
    Answer answer{dht.answer->answer, {}};
    if (found(dns) && answer.answer.warning.empty()) {
        answer.answer.warning = "DNS has an unproven answer for " + evidence.domain +
                                ", not used: its key is known (`hedgewitch trust list`)";
    }
    return unless_a_key_comes(evidence, rules, std::max(dns.answered_at, dht.answered_at), std::move(answer));
}

/// `why`: what DNS came to; or empty.
Answer without_key(const std::string& domain, const std::string& why) {
    return {refusal(480, {}, (why.empty() ? "" : why + "; ") + "no key known for " + domain),
            "Not asked: no key is known for " + domain + ". If you know it: `hedgewitch trust pin " + domain +
                " KEY`."};
}

Decision decide_unbound(const Evidence& evidence, const ChainRules& rules) {
    const auto& dns = evidence.dns;
    if (dns.is_open()) return WaitUntil{};
    if (!dns.answer) return without_key(evidence.domain, {});
    const std::string& why = dns.answer->answer.warning;
    Answer answer = without_key(evidence.domain, why);
    if (found(dns) || is_final(dns)) {
        answer = {dns.answer->answer, {}};
    } else if (dns.answer->verdict == Verdict::failed && rules.on_dns_failure == OnDnsFailure::refuse) {
        answer = {refusal(504, {}, why.empty() ? "DNS failed for " + evidence.domain : why), {}};
    }
    return unless_a_key_comes(evidence, rules, dns.answered_at, std::move(answer));
}

}  // namespace

Decision decide(const Evidence& evidence, const ChainRules& rules) {
    const auto& bound = evidence.bound;
    if (evidence.rejected) {
        return Answer{refusal(403, "Key rejected",
                              evidence.domain +
                                  " leads to a key that you rejected; `hedgewitch trust forget` takes that "
                                  "back"),
                      {}};
    }
    // Somebody vouches for the key: no time is lost on DNS.
    const bool vouched = bound && bound->source != TrustSource::first_use;
    if (vouched && !evidence.dht.asked && (evidence.whole_account || !bound->new_key))
        return AskDht{bound->key};
    const bool any_open = evidence.dns.is_open() || evidence.dht.is_open() || evidence.binding.is_open();
    if (evidence.whole_account && any_open) return WaitUntil{};
    if (bound && bound->new_key) return Answer{key_changed(*bound), {}};
    return bound ? decide_bound(evidence, rules) : decide_unbound(evidence, rules);
}

sip::RouteAnswer refusal(int status, std::string reason, std::string warning) {
    sip::RouteAnswer answer;
    answer.status = status;
    answer.reason = std::move(reason);
    answer.warning = std::move(warning);
    return answer;
}

sip::RouteAnswer key_changed(const TrustEntry& entry) {
    return refusal(403, "Key changed",
                   "the key of " + entry.name + " is not the one known; see `hedgewitch trust list`");
}

}  // namespace node
