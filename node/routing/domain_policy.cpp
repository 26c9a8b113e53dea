// node/routing/domain_policy.cpp - the routing chain's rules for domains: DNS, the DHT, and the key a domain
// is bound to.
//   What counts for a bound domain is a record by its key, or a DNS answer that proves itself: DNSSEC-secure
//   all the way, or leading to a host that proves the key. An attacker who owns DNS alone can make a call
//   fail, and cannot send it elsewhere.
#include "node/routing/chain_pending.hpp"

namespace node {
namespace {

constexpr const char* dns_is_off = "DNS is switched off (dns.enabled = false).";

bool found(const std::optional<StepAnswer>& step) {
    return step && step->verdict == Verdict::found;
}

bool is_final(const std::optional<StepAnswer>& step) {
    return step && step->verdict == Verdict::refused;
}

/// Does this DNS answer speak for the domain as its bound key does?
bool is_proven(const std::optional<StepAnswer>& dns, const crypto::PublicKey& key) {
    return found(dns) && (dns->secure || dns->edge_key == key);
}

}  // namespace

void Chain::find_domain(const Shared& pending) {
    const std::string& domain = pending->target.host;
    pending->entry = steps_.trust.find(domain, steps_.wall());
    if (pending->entry && pending->entry->new_key && !pending->whole_account)
        return finish_changed(pending, *pending->entry);
    pending->dns_asked = steps_.dns != nullptr;
    pending->binding_asked = steps_.bindings != nullptr;
    if (steps_.dns == nullptr) pending->trace.steps.push_back(chain_note("dns", dns_is_off));
    // All beside each other: none may cost the call the time of another.
    if (pending->entry && pending->entry->source != TrustSource::first_use) ask_dht_for_domain(pending);
    if (steps_.bindings != nullptr) {
        steps_.bindings->lookup(domain, [this, weak = std::weak_ptr(pending)](const DnsBinding& found) {
            const auto waiting = weak.lock();
            if (waiting && !waiting->finished) on_binding(waiting, found);
        });
    }
    if (steps_.dns != nullptr && !pending->finished)
        ask(pending, *steps_.dns, [this, pending](const StepAnswer& step) { on_dns(pending, step); });
    judge_domain(pending);
}

void Chain::ask_dht_for_domain(const Shared& pending) {
    pending->dht_asked = true;
    if (steps_.dht == nullptr) {
        pending->dht = chain_note("dht", "The DHT is switched off (dht.enabled = false).");
        pending->dht->verdict = Verdict::failed;
        pending->dht->answer.status = 504;
        pending->trace.steps.push_back(*pending->dht);
        return;
    }
    pending->target.key = pending->entry->key;
    ask(pending, *steps_.dht, [this, pending](const StepAnswer& step) {
        pending->dht = step;
        judge_domain(pending);
    });
}

/// `_hedgewitch.<domain>`: only what DNSSEC validated binds.
void Chain::on_binding(const Shared& pending, const DnsBinding& found) {
    pending->binding = found;
    StepAnswer note = chain_note("binding", found.text);
    note.dns.push_back({found.step.question, found.step.result,
                        found.step.answered ? std::string(name(found.step.security)) : std::string()});
    note.elapsed = found.step.elapsed;
    pending->trace.steps.push_back(std::move(note));
    if (found.state == DnsBinding::State::bound && found.key) {
        const std::string& domain = pending->target.host;
        (void)steps_.trust.see(domain, *found.key, TrustSource::dnssec, steps_.wall(), found.max_age);
        pending->entry = steps_.trust.find(domain, steps_.wall());
    }
    judge_domain(pending);
}

void Chain::on_dns(const Shared& pending, const StepAnswer& step) {
    pending->dns = step;
    if (step.verdict == Verdict::found && step.edge_key) {
        const std::string& domain = pending->target.host;
        const auto finding =
            steps_.trust.see(domain, *step.edge_key, TrustSource::first_use, steps_.wall(), {});
        pending->entry = steps_.trust.find(domain, steps_.wall());
        // Nothing is bound any more, and the person has said no to this very key.
        if (finding == Finding::ignored && !pending->entry) {
            return finish(pending, chain_refusal(403, "Key rejected",
                                                 domain + " leads to a key that you rejected; `hedgewitch "
                                                          "trust forget` takes that back"));
        }
    }
    judge_domain(pending);
}

/// After each event: is there enough to answer?
void Chain::judge_domain(const Shared& pending) {
    if (pending->finished) return;
    const bool all_in = (!pending->dns_asked || pending->dns) && (!pending->dht_asked || pending->dht) &&
                        (!pending->binding_asked || pending->binding);
    if (pending->whole_account && !all_in && !pending->dht_patience_over) return;
    if (pending->entry && pending->entry->new_key) return finish_changed(pending, *pending->entry);
    if (pending->entry) return judge_bound(pending);
    judge_unbound(pending);
}

/// True while a TXT that may still come could change the answer that is there.
bool Chain::waits_for_binding(const Shared& pending) {
    if (!pending->binding_asked || pending->binding || pending->binding_patience_over) return false;
    wake_after(pending, rules_.binding_patience, &Pending::binding_patience_over);
    return true;
}

void Chain::wake_after(const Shared& pending, std::chrono::milliseconds patience, bool Pending::*over) {
    if (pending->patience.expiry() > Pending::Clock::now()) return;  // waits already
    pending->patience.expires_after(patience);
    pending->patience.async_wait([this, over, weak = std::weak_ptr(pending)](asio::error_code error) {
        const auto waiting = weak.lock();
        if (error || !waiting || waiting->finished) return;
        (*waiting).*over = true;
        judge_domain(waiting);
    });
}

void Chain::judge_bound(const Shared& pending) {
    const bool proven = is_proven(pending->dns, pending->entry->key);
    // First use: DNS comes first, as for any domain, once the host it leads to has proved the key.
    const bool first_use = pending->entry->source == TrustSource::first_use;
    if (first_use && proven && !waits_for_binding(pending)) return finish(pending, pending->dns->answer);
    if (!pending->dht_asked) {
        if (first_use && (proven || (pending->dns_asked && !pending->dns))) return;
        ask_dht_for_domain(pending);
        if (!pending->dht) return;
    }
    if (found(pending->dht) || is_final(pending->dht)) {
        if (!waits_for_binding(pending)) finish(pending, pending->dht->answer);
        return;
    }
    const bool dht_silent = !pending->dht && !pending->dht_patience_over;
    if (proven) {
        if (dht_silent) return wake_after(pending, rules_.dht_patience, &Pending::dht_patience_over);
        if (!waits_for_binding(pending)) finish(pending, pending->dns->answer);
        return;
    }
    if (!pending->dht || (pending->dns_asked && !pending->dns) || waits_for_binding(pending)) return;
    sip::RouteAnswer answer = pending->dht->answer;
    if (found(pending->dns) && answer.warning.empty()) {
        answer.warning = "DNS has an unproven answer for " + pending->target.host +
                         ", not used: its key is known (`hedgewitch trust list`)";
    }
    finish(pending, std::move(answer));
}

void Chain::judge_unbound(const Shared& pending) {
    if (pending->dns_asked && !pending->dns) return;
    const auto& dns = pending->dns;
    if (dns && waits_for_binding(pending)) return;
    if (found(dns) || is_final(dns)) return finish(pending, dns->answer);
    if (dns && dns->verdict == Verdict::failed && rules_.on_dns_failure == OnDnsFailure::refuse)
        return finish(pending, chain_refusal(504, {}, "DNS failed for " + pending->target.host));
    finish_without_key(pending);
}

void Chain::finish_without_key(const Shared& pending) {
    const std::string& domain = pending->target.host;
    pending->trace.steps.push_back(chain_note("dht", "Not asked: no key is known for " + domain +
                                                         ". If you know it: `hedgewitch trust pin " + domain +
                                                         " KEY`."));
    finish(pending, chain_refusal(480, {}, "no key known for " + domain));
}

}  // namespace node
