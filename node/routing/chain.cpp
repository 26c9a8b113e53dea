// node/routing/chain.cpp - from a name to whom to ask, and from their answers to the caller's.
#include "node/routing/chain.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cassert>

#include "crypto/name.hpp"
#include "node/names/host_kind.hpp"
#include "node/names/idn.hpp"
#include "node/routing/domain_policy.hpp"
#include "node/routing/literal_policy.hpp"
#include "node/routing/step_question.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

constexpr const char* dht_is_off = "The DHT is switched off (dht.enabled = false).";
constexpr const char* dns_is_off = "DNS is switched off (dns.enabled = false).";

/// What was asked about the key of a domain, as a step of the account.
StepAnswer account_of(const KeyBinding& found) {
    StepAnswer step = remark("binding", found.text);
    step.dns.push_back({found.step.question, found.step.result,
                        found.step.answered ? std::string(name(found.step.security)) : std::string()});
    step.elapsed = found.step.elapsed;
    return step;
}

/// One line a call. It says who was called: only where a person set log.level = "debug".
void log_call(const Trace& trace) {
    if (!spdlog::should_log(spdlog::level::debug)) return;
    std::string steps;
    for (const StepAnswer& step : trace.steps)
        steps += step.step + " " + std::string(name(step.verdict)) + ", ";
    spdlog::debug("{}: {}{} in {} ms", trace.uri, steps, trace.answer.status, trace.elapsed.count());
}

}  // namespace

struct Chain::Lookup {
    /// Whose answer is awaited.
    enum class Stage : std::uint8_t { own_user, own_contact, other_nodes, key, domain };

    LookupId id = 0;
    Time began{};
    Trace trace;
    StepQuestion target;
    bool whole_account = false;  // for a person who asks: every step that has a say
    Stage stage = Stage::own_user;
    bool may_be_elsewhere = false;  // our own caller, for a user of ours: perhaps at another node
    sip::RouteAnswer here;          // what the phones here came to, while other nodes are asked
    Evidence evidence;              // of a domain; `bound` of every name
    std::optional<Time> deadline;
    sip::TimerQueue<LookupId>::Timer timer;

    [[nodiscard]] std::chrono::milliseconds elapsed(Time now) const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(now - began);
    }
};

Chain::Chain(ChainRules rules, Directory& directory, TrustTable& trust, ContactTable& contacts)
    : rules_(std::move(rules)), directory_(directory), trust_(trust), contacts_(contacts) {}

Chain::~Chain() = default;

Chain::Lookup& Chain::open(const std::string& uri, bool whole_account, const sip::Now& now) {
    const LookupId id = ++last_id_;
    Lookup& lookup = lookups_[id];
    lookup.id = id;
    lookup.began = now.steady;
    lookup.trace.uri = uri;
    lookup.whole_account = whole_account;
    return lookup;
}

Chain::LookupId Chain::route(const sip::RouteQuestion& question, const sip::Now& now) {
    const bool full = lookups_.size() >= rules_.max_pending;
    Lookup& lookup = open(question.uri, false, now);
    const LookupId id = lookup.id;
    if (full) {
        auto busy = refusal(503);
        busy.retry_after = std::chrono::seconds(5);
        finish(lookup, std::move(busy), now);
    } else {
        begin(lookup, question, now);
    }
    return id;
}

Chain::LookupId Chain::lookup(const std::string& uri, const sip::Flow& flow, const sip::Now& now) {
    const auto scheme = uri.substr(0, uri.find(':'));
    const bool has_scheme = sip::equal_nocase(scheme, "sip") || sip::equal_nocase(scheme, "sips");
    const std::string text = has_scheme ? uri : "sip:" + uri;
    Lookup& lookup = open(text, true, now);
    const LookupId id = lookup.id;
    // A petname or a number alone is what a person types, and what a phone completes with this node's host.
    const bool short_name = text.find('@') == std::string::npos && !text.substr(4).empty();
    const std::string whole = short_name ? text + "@localhost" : text;  // borrowed by what is parsed
    const auto parsed = sip::UriView::parse(whole);
    if (!parsed || lookups_.size() > rules_.max_pending) {
        if (!parsed) {
            const std::string why = no_name_but_an_address(uri);
            lookup.trace.steps.push_back(
                remark("address", !why.empty() ? why
                                               : "This is no SIP address: it should look like "
                                                 "sip:bob@example.org, or be a contact's name or number."));
        }
        finish(lookup, refusal(parsed ? 503 : 400), now);
        return id;
    }
    sip::RouteQuestion question;
    question.uri = text;
    question.dialled = sip::dialled(*parsed);
    question.flow = flow;
    question.from_own_user = true;
    question.host_is_own =
        short_name || directory_.is_own_host(question.dialled.host, question.dialled.port, flow);
    begin(lookup, question, now);
    return id;
}

void Chain::begin(Lookup& lookup, const sip::RouteQuestion& question, const sip::Now& now) {
    StepQuestion& target = lookup.target = step_question(question);
    target.fresh = lookup.whole_account;
    bool own = question.host_is_own;
    if (own && question.from_own_user && target.dialled.user.find('@') != std::string::npos) {
        if (!redial(target, "sip:" + target.dialled.user)) return finish(lookup, refusal(404), now);
        own = directory_.is_own_host(target.dialled.host, target.dialled.port, target.flow);
    }
    if (own) return find_own(lookup, question.from_own_user, now);
    const HostName host = classify(target.dialled.host);
    const auto* key_name = std::get_if<KeyName>(&host);
    const auto bound = trust_.find(target.dialled.host, now.wall);
    const auto* own_key = key_name != nullptr ? &key_name->key : bound ? &bound->key : nullptr;
    if (own_key != nullptr && *own_key == directory_.owner_of(target.label))
        return find_own(lookup, question.from_own_user, now);
    // The edge asks for credentials first; this only holds should that ever fail: never an open relay. A name
    // that is none is told apart, so that a caller's typing error is not called a lack of rights.
    const bool nameless = std::holds_alternative<BadKeyName>(host) || std::holds_alternative<OtherAlt>(host);
    if (!question.from_own_user && !nameless) return finish(lookup, refusal(403), now);
    find_name(lookup, false, now);
}

/// At a host of ours: a user, a contact, or nobody.
void Chain::find_own(Lookup& lookup, bool from_own_user, const sip::Now& now) {
    const StepQuestion& target = lookup.target;
    const bool user = !target.label.empty() && directory_.is_user(target.label);
    // Strangers may call our users, and learn nothing of whom we know.
    const Contact* contact = nullptr;
    if (from_own_user && !target.label.empty()) contact = contacts_.find_name(target.label);
    if (from_own_user && contact == nullptr) contact = contacts_.find_number(target.dialled.user);
    if (contact != nullptr && user) {
        lookup.trace.steps.push_back(
            remark("contacts", target.dialled.user +
                                   " is a user of this node and a contact of yours: `hedgewitch contact "
                                   "rename` makes them two names."));
        return finish(lookup, refusal(485, {}, target.dialled.user + " is a user here and a contact"), now);
    }
    if (contact != nullptr) return find_petname(lookup, *contact, now);
    lookup.stage = Lookup::Stage::own_user;
    lookup.may_be_elsewhere = user && from_own_user;
    ask(lookup, StepName::local);
}

void Chain::local_answered(Lookup& lookup, const StepAnswer& step, const sip::Now& now) {
    // No phone of this user is here. It may be at another node of the same owner.
    const bool elsewhere = lookup.stage == Lookup::Stage::own_user && lookup.may_be_elsewhere &&
                           step.verdict == Verdict::missing && rules_.ask_dht;
    if (!elsewhere) return finish(lookup, step.answer, now);
    lookup.here = step.answer;
    lookup.stage = Lookup::Stage::other_nodes;
    lookup.target.key = directory_.owner_of(lookup.target.label);
    ask(lookup, StepName::dht);
}

void Chain::find_petname(Lookup& lookup, const Contact& contact, const sip::Now& now) {
    StepQuestion& target = lookup.target;
    lookup.trace.steps.push_back(remark("contacts", target.dialled.user + " is your contact " + contact.name +
                                                        ", " + contact.uri +
                                                        (contact.secret.empty() ? "." : ", by an invite.")));
    if (!redial(target, contact.uri)) return finish(lookup, refusal(404), now);
    target.secret = contact.secret;
    if (!directory_.is_own_host(target.dialled.host, target.dialled.port, target.flow))
        return find_name(lookup, true, now);
    lookup.stage = Lookup::Stage::own_contact;
    ask(lookup, StepName::local);
}

/// A host that is not ours, for a caller who is.
void Chain::find_name(Lookup& lookup, bool from_contact, const sip::Now& now) {
    StepQuestion& target = lookup.target;
    const auto ascii = to_ascii_host(target.dialled.host);
    if (ascii) target.dialled.host = *ascii;
    const HostName host = classify(target.dialled.host);
    if (const auto* bad = std::get_if<BadKeyName>(&host))
        return finish(lookup, refusal(404, "Bad key name", bad->why), now);
    if (std::holds_alternative<OtherAlt>(host)) {
        return finish(lookup,
                      refusal(404, {}, target.dialled.host + " is outside DNS, and no name of Hedgewitch's"),
                      now);
    }
    if (const auto* literal = std::get_if<Literal>(&host))
        return find_literal(lookup, literal->address, from_contact, now);
    if (!ascii) return finish(lookup, refusal(404, "Bad host name"), now);
    // Expiry and the day's keys hang on the clock; a wrong one would call good records bad, and bad ones
    // good.
    if (const std::string fault = directory_.clock_fault(); !fault.empty()) {
        lookup.trace.steps.push_back(remark("clock", fault));
        return finish(lookup, refusal(500, "Implausible clock", fault), now);
    }
    // Who wants to know all has patience: four keys in a row at most, each asked for everywhere.
    const auto* key_name = std::get_if<KeyName>(&host);
    const auto zone = rules_.zones.find(target.dialled.host);
    const bool dht_alone = key_name != nullptr || zone != rules_.zones.end();
    lookup.deadline = now.steady + (lookup.whole_account ? 4 * rules_.deadline : rules_.deadline) +
                      (dht_alone ? rules_.joining : std::chrono::milliseconds(0));
    wakes_.set(lookup.timer, lookup.id, *lookup.deadline);
    if (!dht_alone) return find_domain(lookup, now);
    target.key = key_name != nullptr ? key_name->key : zone->second;
    if (target.secret.empty()) target.secret = contacts_.secret_for(*target.key, target.label);
    find_by_key(lookup, now);
}

void Chain::find_literal(Lookup& lookup, const asio::ip::address& address, bool from_contact,
                         const sip::Now& now) {
    const StepAnswer step = judge_literal(lookup.target, address, from_contact, rules_.mesh);
    lookup.trace.steps.push_back(step);
    finish(lookup, step.answer, now);
}

/// Key names and zones: what the key in the name, or of the zone, has signed.
void Chain::find_by_key(Lookup& lookup, const sip::Now& now) {
    const StepQuestion& target = lookup.target;
    auto& bound = lookup.evidence.bound;
    bound = trust_.find(target.label + "@" + target.dialled.host, now.wall);
    if (bound && bound->new_key && !lookup.whole_account) return finish(lookup, key_changed(*bound), now);
    if (!rules_.ask_dht) {
        lookup.trace.steps.push_back(remark("dht", dht_is_off));
        return finish(lookup, refusal(504), now);
    }
    lookup.stage = Lookup::Stage::key;
    ask(lookup, StepName::dht);
}

/// Whom a zone delegates a label to is remembered: the zone may name a first key, not swap it unseen.
void Chain::judge_delegate(Lookup& lookup, const StepAnswer& step, const sip::Now& now) {
    const bool circle = step.verdict == Verdict::refused && step.answer.status == 483;
    const std::string name = lookup.target.label + "@" + lookup.target.dialled.host;
    auto& bound = lookup.evidence.bound;
    if (!step.delegations.empty() && !circle) {
        const auto finding =
            trust_.see(name, step.delegations.back().to, TrustSource::authority, now.wall, {});
        bound = trust_.find(name, now.wall);
        if (bound && bound->new_key) return finish(lookup, key_changed(*bound), now);
        if (finding == Finding::ignored) {
            return finish(
                lookup, refusal(403, "Key rejected", name + " is delegated to a key that you rejected"), now);
        }
    } else if (bound && step.verdict == Verdict::found) {
        // A node that the zone has certified can neither take a delegation back nor make the name's own key
        // look like another: on its word nothing is remembered, and nobody is called.
        if (!step.by_owner && bound->key != *lookup.target.key) {
            return finish(lookup, refusal(480, {}, name + " is delegated, and its zone's key says nothing"),
                          now);
        }
        // Delegated once, now answered by the zone's own key: another key as well.
        (void)trust_.see(name, *lookup.target.key, TrustSource::authority, now.wall, {});
        bound = trust_.find(name, now.wall);
        if (bound && bound->new_key) return finish(lookup, key_changed(*bound), now);
    }
    finish(lookup, step.answer, now);
}

/// All beside each other: none may cost the call the time of another.
void Chain::find_domain(Lookup& lookup, const sip::Now& now) {
    Evidence& evidence = lookup.evidence;
    evidence.domain = lookup.target.dialled.host;
    evidence.whole_account = lookup.whole_account;
    evidence.bound = trust_.find(evidence.domain, now.wall);
    if (evidence.bound && evidence.bound->new_key && !lookup.whole_account)
        return finish(lookup, key_changed(*evidence.bound), now);
    lookup.stage = Lookup::Stage::domain;
    if (rules_.ask_dns) {
        evidence.binding.ask(lookup.elapsed(now.steady));
        ask(lookup, StepName::key_binding);
        evidence.dns.ask(lookup.elapsed(now.steady));
        ask(lookup, StepName::dns);
    } else {
        lookup.trace.steps.push_back(remark("dns", dns_is_off));
    }
    judge_domain(lookup, now);
}

/// `_hedgewitch.<domain>`: only what DNSSEC validated binds.
void Chain::key_binding_answered(LookupId id, const KeyBinding& found, const sip::Now& now) {
    const auto at = lookups_.find(id);
    if (at == lookups_.end() || !at->second.evidence.binding.is_open()) return;
    Lookup& lookup = at->second;
    Evidence& evidence = lookup.evidence;
    lookup.trace.steps.push_back(account_of(found));
    evidence.binding.answered(found, lookup.elapsed(now.steady));
    if (found.state == KeyBinding::State::bound && found.key) {
        (void)trust_.see(evidence.domain, *found.key, TrustSource::dnssec, now.wall, found.max_age);
        evidence.bound = trust_.find(evidence.domain, now.wall);
    }
    judge_domain(lookup, now);
}

void Chain::domain_answered(Lookup& lookup, StepName name, StepAnswer step, const sip::Now& now) {
    Evidence& evidence = lookup.evidence;
    if (name == StepName::dns && step.verdict == Verdict::found && step.edge_key) {
        const auto finding =
            trust_.see(evidence.domain, *step.edge_key, TrustSource::first_use, now.wall, {});
        evidence.bound = trust_.find(evidence.domain, now.wall);
        evidence.rejected = finding == Finding::ignored && !evidence.bound;
    }
    (name == StepName::dns ? evidence.dns : evidence.dht)
        .answered(std::move(step), lookup.elapsed(now.steady));
    judge_domain(lookup, now);
}

/// After each event: is there enough to answer?
void Chain::judge_domain(Lookup& lookup, const sip::Now& now) {
    Evidence& evidence = lookup.evidence;
    evidence.elapsed = lookup.elapsed(now.steady);
    Decision decision = decide(evidence, rules_);
    if (const auto* dht = std::get_if<AskDht>(&decision)) {
        evidence.dht.ask(evidence.elapsed);
        if (rules_.ask_dht) {
            lookup.target.key = dht->key;
            ask(lookup, StepName::dht);
        } else {
            StepAnswer off = remark("dht", dht_is_off);
            off.verdict = Verdict::failed;
            off.answer.status = 504;
            lookup.trace.steps.push_back(off);
            evidence.dht.answered(std::move(off), evidence.elapsed);
        }
        decision = decide(evidence, rules_);
    }
    if (auto* answer = std::get_if<Answer>(&decision)) {
        if (!answer->note.empty()) lookup.trace.steps.push_back(remark("dht", std::move(answer->note)));
        return finish(lookup, std::move(answer->answer), now);
    }
    const auto* wait = std::get_if<WaitUntil>(&decision);
    assert(wait != nullptr);
    const bool for_ever = wait->elapsed == WaitUntil{}.elapsed;
    wakes_.set(lookup.timer, lookup.id,
               for_ever ? *lookup.deadline : std::min(*lookup.deadline, lookup.began + wait->elapsed));
}

void Chain::answered(LookupId id, StepName name, StepAnswer answer, const sip::Now& now) {
    const auto found = lookups_.find(id);
    if (found == lookups_.end()) return;
    Lookup& lookup = found->second;
    lookup.trace.steps.push_back(answer);
    switch (lookup.stage) {
        case Lookup::Stage::own_user:
        case Lookup::Stage::own_contact: return local_answered(lookup, answer, now);
        case Lookup::Stage::other_nodes:
            return finish(lookup, answer.verdict == Verdict::found ? answer.answer : lookup.here, now);
        case Lookup::Stage::key: return judge_delegate(lookup, answer, now);
        case Lookup::Stage::domain: return domain_answered(lookup, name, std::move(answer), now);
    }
}

void Chain::ask(Lookup& lookup, StepName step) {
    questions_.push_back({lookup.id, step, lookup.target});
}

std::optional<Chain::Question> Chain::next_question() {
    while (!questions_.empty() && !lookups_.contains(questions_.front().id))
        questions_.pop_front();  // answered without it
    if (questions_.empty()) return std::nullopt;
    auto question = std::move(questions_.front());
    questions_.pop_front();
    return question;
}

std::optional<Chain::Finished> Chain::next_finished() {
    if (finished_.empty()) return std::nullopt;
    auto finished = std::move(finished_.front());
    finished_.pop_front();
    return finished;
}

std::optional<Chain::Time> Chain::next_wake() const {
    return wakes_.next_wake();
}

void Chain::on_time(const sip::Now& now) {
    while (const LookupId* due = wakes_.due(now.steady)) {
        Lookup& lookup = lookups_.at(*due);
        if (lookup.deadline && *lookup.deadline <= now.steady) {
            finish(lookup, refusal(504), now);
        } else {
            judge_domain(lookup, now);
        }
    }
}

/// Takes out of a 302 what was given out too often; nothing else may be left of it.
void Chain::cap(const Lookup& lookup, sip::RouteAnswer& answer) {
    std::string why;
    std::erase_if(answer.contacts, [&](const sip::RouteContact& contact) {
        const auto uri = sip::UriView::parse(contact.uri);
        asio::error_code error;
        const bool relayed = contact.hop && !contact.hop->peer.through.empty();
        const auto address = relayed ? contact.hop->endpoint.address
                                     : asio::ip::make_address(std::string(uri ? uri->host : ""), error);
        if (error) return false;
        const std::string reason =
            directory_.why_too_often(address, lookup.target.label + "@" + lookup.target.dialled.host);
        if (!reason.empty()) why = sip::host_text(address) + ": " + reason;
        return !reason.empty();
    });
    if (!answer.contacts.empty() || why.empty()) return;
    answer = refusal(480, {}, why);
    answer.retry_after = std::chrono::seconds(60);
}

/// The lookup is gone when this returns.
void Chain::finish(Lookup& lookup, sip::RouteAnswer answer, const sip::Now& now) {
    const auto& steps = lookup.trace.steps;
    const bool asked_others = std::any_of(steps.begin(), steps.end(), [](const StepAnswer& step) {
        return step.step == "dns" || step.step == "dht" || step.step == "address";
    });
    if (answer.status == 302 && asked_others && !lookup.whole_account) cap(lookup, answer);
    lookup.trace.answer = std::move(answer);
    lookup.trace.binding = lookup.evidence.bound;
    lookup.trace.elapsed = lookup.elapsed(now.steady);
    if (!lookup.whole_account) log_call(lookup.trace);
    finished_.push_back({lookup.id, std::move(lookup.trace)});
    lookups_.erase(lookup.id);
}

}  // namespace node
