// node/routing/chain.cpp - the rules of the routing chain, those for domains aside (domain_policy.cpp).
#include "node/routing/chain.hpp"

#include <spdlog/spdlog.h>

#include "crypto/name.hpp"
#include "node/names/host_kind.hpp"
#include "node/names/idn.hpp"
#include "node/routing/chain_pending.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

constexpr const char* dht_is_off = "The DHT is switched off (dht.enabled = false).";

Target target_of(const sip::RouteQuestion& question) {
    Target target;
    target.user = question.dialled.user;
    target.label = crypto::canonical_label(question.dialled.user).value_or("");
    target.host = sip::lowercase(question.dialled.host);
    target.port = question.dialled.port;
    target.transport = question.dialled.transport;
    target.sips = question.dialled.sips;
    target.flow = question.flow;
    if (const auto caller = sip::UriView::parse(question.caller))
        target.caller = crypto::canonical_label(sip::unescape(caller->user)).value_or("");
    return target;
}

/// The host of `uri`, for a target that is dialled by another name. False: it names nobody.
bool dial(Target& target, const std::string& text) {
    const auto uri = sip::UriView::parse(text);
    if (!uri || !uri->is_sip() || uri->user.empty() || uri->host.empty() ||
        uri->user.find('@') != std::string_view::npos)
        return false;
    target.user = sip::unescape(uri->user);
    target.label = crypto::canonical_label(target.user).value_or("");
    target.host = sip::lowercase(uri->host);
    target.port = uri->port;
    target.sips = target.sips || uri->is_sips();
    target.transport.reset();
    if (const auto transport = uri->parameter("transport")) target.transport = sip::lowercase(*transport);
    return true;
}

std::string literal_contact(const Target& target, const asio::ip::address& address) {
    const std::string transport = target.transport.value_or(target.sips ? "tls" : "udp");
    const std::uint16_t port = target.port.value_or(transport == "tls" ? 5061 : 5060);
    return "sip:" + (target.user.empty() ? "" : sip::escape_user(target.user) + "@") +
           sip::host_text(address) + ":" + std::to_string(port) + ";transport=" + transport;
}

}  // namespace

Chain::Chain(asio::io_context& loop, ChainRules rules, ChainSteps steps)
    : loop_(loop), rules_(std::move(rules)), steps_(std::move(steps)) {}

Chain::~Chain() {
    for (const auto& pending : pending_)
        pending->finished = true;  // a late answer meets nobody
}

Chain::Shared Chain::make_pending(const std::string& uri, bool whole_account,
                                  std::function<void(Trace)> done) {
    auto pending = std::make_shared<Pending>(loop_);
    pending->trace.uri = uri;
    pending->whole_account = whole_account;
    pending->done = std::move(done);
    pending_.insert(pending);
    return pending;
}

void Chain::route(const sip::RouteQuestion& question, std::function<void(sip::RouteAnswer)> done) {
    if (pending_.size() >= rules_.max_pending) {
        auto busy = chain_refusal(503);
        busy.retry_after = std::chrono::seconds(5);
        return done(std::move(busy));
    }
    begin(make_pending(question.uri, false,
                       [done = std::move(done)](Trace trace) { done(std::move(trace.answer)); }),
          question);
}

void Chain::lookup(const std::string& uri, const sip::Flow& flow, std::function<void(Trace)> done) {
    const auto scheme = uri.substr(0, uri.find(':'));
    const bool has_scheme = sip::equal_nocase(scheme, "sip") || sip::equal_nocase(scheme, "sips");
    const std::string text = has_scheme ? uri : "sip:" + uri;
    const auto pending = make_pending(text, true, std::move(done));
    // A petname or a number alone is what a person types, and what a phone completes with this node's host.
    const bool short_name = text.find('@') == std::string::npos && !text.substr(4).empty();
    const std::string whole = short_name ? text + "@localhost" : text;  // borrowed by what is parsed
    const auto parsed = sip::UriView::parse(whole);
    if (!parsed || pending_.size() > rules_.max_pending)
        return finish(pending, chain_refusal(parsed ? 503 : 400));

    sip::RouteQuestion question;
    question.uri = text;
    question.dialled = sip::dialled(*parsed);
    question.flow = flow;
    question.from_own_user = true;
    question.host_is_own =
        short_name || steps_.is_own_host(question.dialled.host, question.dialled.port, flow);
    begin(pending, question);
}

void Chain::begin(const Shared& pending, const sip::RouteQuestion& question) {
    Target& target = pending->target = target_of(question);
    target.fresh = pending->whole_account;
    bool own = question.host_is_own;
    if (own && question.from_own_user && target.user.find('@') != std::string::npos) {
        if (!dial(target, "sip:" + target.user)) return finish(pending, chain_refusal(404));
        own = steps_.is_own_host(target.host, target.port, target.flow);
    }
    if (own) return find_own(pending, question.from_own_user);
    const HostName host = classify(target.host);
    const auto* key_name = std::get_if<KeyName>(&host);
    const auto bound = steps_.trust.find(target.host, steps_.wall());
    const auto* own_key = key_name != nullptr ? &key_name->key : bound ? &bound->key : nullptr;
    if (own_key != nullptr && *own_key == steps_.owner_of(target.label))
        return find_own(pending, question.from_own_user);
    // The edge asks for credentials first; this only holds should that ever fail: never an open relay. A name
    // that is none is told apart, so that a caller's typing error is not called a lack of rights.
    const bool nameless = std::holds_alternative<BadKeyName>(host) || std::holds_alternative<OtherAlt>(host);
    if (!question.from_own_user && !nameless) return finish(pending, chain_refusal(403));
    find_name(pending, false);
}

/// At a host of ours: a user, a contact, or nobody.
void Chain::find_own(const Shared& pending, bool from_own_user) {
    Target& target = pending->target;
    const bool user = !target.label.empty() && steps_.is_user(target.label);
    // StrangerPolicy may call our users, and learn nothing of whom we know.
    const Contact* contact = nullptr;
    if (from_own_user && !target.label.empty()) contact = steps_.contacts.find_name(target.label);
    if (from_own_user && contact == nullptr) contact = steps_.contacts.find_number(target.user);
    if (contact != nullptr && user) {
        pending->trace.steps.push_back(chain_note(
            "contacts", target.user + " is a user of this node and a contact of yours: `hedgewitch contact "
                                      "rename` makes them two names."));
        return finish(pending, chain_refusal(485, {}, target.user + " is a user here and a contact"));
    }
    if (contact != nullptr) return find_petname(pending, *contact);
    ask(pending, steps_.local, [this, pending, user, from_own_user](const StepAnswer& step) {
        // No phone of this user is here. It may be at another node of the same owner.
        const bool elsewhere = user && from_own_user && step.verdict == Verdict::missing && steps_.dht;
        if (!elsewhere) return finish(pending, step.answer);
        pending->target.key = steps_.owner_of(pending->target.label);
        ask(pending, *steps_.dht, [this, pending, here = step.answer](const StepAnswer& there) {
            finish(pending, there.verdict == Verdict::found ? there.answer : here);
        });
    });
}

void Chain::find_petname(const Shared& pending, const Contact& contact) {
    Target& target = pending->target;
    pending->trace.steps.push_back(
        chain_note("contacts", target.user + " is your contact " + contact.name + ", " + contact.uri +
                                   (contact.secret.empty() ? "." : ", by an invite.")));
    if (!dial(target, contact.uri)) return finish(pending, chain_refusal(404));
    target.secret = contact.secret;
    if (steps_.is_own_host(target.host, target.port, target.flow)) {
        return ask(pending, steps_.local,
                   [this, pending](const StepAnswer& step) { finish(pending, step.answer); });
    }
    find_name(pending, true);
}

/// A host that is not ours, for a caller who is.
void Chain::find_name(const Shared& pending, bool from_contact) {
    Target& target = pending->target;
    const auto ascii = to_ascii_host(target.host);
    if (ascii) target.host = *ascii;
    const HostName host = classify(target.host);
    if (const auto* bad = std::get_if<BadKeyName>(&host))
        return finish(pending, chain_refusal(404, "Bad key name", bad->why));
    if (std::holds_alternative<OtherAlt>(host)) {
        return finish(pending,
                      chain_refusal(404, {}, target.host + " is outside DNS, and no name of Hedgewitch's"));
    }
    if (const auto* literal = std::get_if<Literal>(&host))
        return find_literal(pending, literal->address, from_contact);
    if (!ascii) return finish(pending, chain_refusal(404, "Bad host name"));
    // Expiry and the day's keys hang on the clock; a wrong one would call good records bad, and bad ones
    // good.
    if (const std::string fault = steps_.clock_fault(); !fault.empty()) {
        pending->trace.steps.push_back(chain_note("clock", fault));
        return finish(pending, chain_refusal(500, "Implausible clock", fault));
    }
    // Who wants to know all has patience: four keys in a row at most, each asked for everywhere.
    pending->deadline.expires_after(pending->whole_account ? 4 * rules_.deadline : rules_.deadline);
    pending->deadline.async_wait([this, weak = std::weak_ptr(pending)](asio::error_code error) {
        const auto late = weak.lock();
        if (!error && late && !late->finished) finish(late, chain_refusal(504));
    });
    const auto* key_name = std::get_if<KeyName>(&host);
    const auto zone = rules_.zones.find(target.host);
    if (key_name == nullptr && zone == rules_.zones.end()) return find_domain(pending);
    target.key = key_name != nullptr ? key_name->key : zone->second;
    if (target.secret.empty()) target.secret = steps_.contacts.secret_for(*target.key, target.label);
    find_by_key(pending);
}

void Chain::find_literal(const Shared& pending, const asio::ip::address& address, bool from_contact) {
    // A contact's address is safe to give: the call that comes back asks for an address, and ends here.
    if (!pending->whole_account && !from_contact) {
        return finish(pending, chain_refusal(403, "Call a name, not an address",
                                             "this node does not send calls to bare IP addresses; dial "
                                             "sip:name@domain"));
    }
    StepAnswer step =
        chain_note("address", from_contact ? "This contact is an address; nothing is looked up."
                                           : "This is an address already; nothing is looked up. A call "
                                             "to it through this node is refused with 403.");
    step.verdict = Verdict::found;
    step.answer.status = 302;
    step.answer.contacts.push_back({literal_contact(pending->target, address), 1.0});
    pending->trace.steps.push_back(step);
    finish(pending, step.answer);
}

/// Key names and zones: what the key in the name, or of the zone, has signed.
void Chain::find_by_key(const Shared& pending) {
    const Target& target = pending->target;
    pending->entry = steps_.trust.find(target.label + "@" + target.host, steps_.wall());
    if (pending->entry && pending->entry->new_key && !pending->whole_account)
        return finish_changed(pending, *pending->entry);
    if (steps_.dht == nullptr) return finish_without_dht(pending);
    ask(pending, *steps_.dht, [this, pending](const StepAnswer& step) { judge_delegate(pending, step); });
}

/// Whom a zone delegates a label to is remembered: the zone may name a first key, not swap it unseen.
void Chain::judge_delegate(const Shared& pending, const StepAnswer& step) {
    const bool circle = step.verdict == Verdict::refused && step.answer.status == 483;
    const std::string name = pending->target.label + "@" + pending->target.host;
    if (!step.delegations.empty() && !circle) {
        const auto finding =
            steps_.trust.see(name, step.delegations.back().to, TrustSource::authority, steps_.wall(), {});
        pending->entry = steps_.trust.find(name, steps_.wall());
        if (pending->entry && pending->entry->new_key) return finish_changed(pending, *pending->entry);
        if (finding == Finding::ignored) {
            return finish(pending, chain_refusal(403, "Key rejected",
                                                 name + " is delegated to a key that you rejected"));
        }
    } else if (pending->entry && step.verdict == Verdict::found) {
        // Delegated once, now answered by the zone's own key: another key as well.
        (void)steps_.trust.see(name, *pending->target.key, TrustSource::authority, steps_.wall(), {});
        pending->entry = steps_.trust.find(name, steps_.wall());
        if (pending->entry && pending->entry->new_key) return finish_changed(pending, *pending->entry);
    }
    finish(pending, step.answer);
}

void Chain::ask(const Shared& pending, Resolver& step, std::function<void(const StepAnswer&)> next) {
    step.resolve(pending->target, [pending, next = std::move(next)](const StepAnswer& answer) {
        if (pending->finished) return;
        pending->trace.steps.push_back(answer);
        next(answer);
    });
}

void Chain::finish_changed(const Shared& pending, const TrustEntry& entry) {
    pending->entry = entry;
    finish(pending,
           chain_refusal(403, "Key changed",
                         "the key of " + entry.name + " is not the one known; see `hedgewitch trust list`"));
}

void Chain::finish_without_dht(const Shared& pending) {
    pending->trace.steps.push_back(chain_note("dht", dht_is_off));
    finish(pending, chain_refusal(504));
}

/// Takes out of a 302 what was given out too often; nothing else may be left of it.
void Chain::cap(Pending& pending, sip::RouteAnswer& answer) {
    std::string why;
    std::erase_if(answer.contacts, [&](const sip::RouteContact& contact) {
        const auto uri = sip::UriView::parse(contact.uri);
        asio::error_code error;
        const auto address = asio::ip::make_address(std::string(uri ? uri->host : ""), error);
        if (error) return false;
        const std::string reason =
            steps_.why_too_often(address, pending.target.label + "@" + pending.target.host);
        if (!reason.empty()) why = sip::host_text(address) + ": " + reason;
        return !reason.empty();
    });
    if (!answer.contacts.empty() || why.empty()) return;
    answer = chain_refusal(480, {}, why);
    answer.retry_after = std::chrono::seconds(60);
}

/// One line a call. It says who was called: only where a person set log.level = "debug".
void Chain::log_call(const Trace& trace) {
    if (!spdlog::should_log(spdlog::level::debug)) return;
    std::string steps;
    for (const StepAnswer& step : trace.steps)
        steps += step.step + " " + std::string(name(step.verdict)) + ", ";
    spdlog::debug("{}: {}{} in {} ms", trace.uri, steps, trace.answer.status, trace.elapsed.count());
}

void Chain::finish(const Shared& pending, sip::RouteAnswer answer) {
    if (pending->finished) return;
    pending->finished = true;
    pending->deadline.cancel();
    pending->patience.cancel();
    pending_.erase(pending);
    const bool asked_others =
        std::any_of(pending->trace.steps.begin(), pending->trace.steps.end(),
                    [](const StepAnswer& step) { return step.step == "dns" || step.step == "dht"; });
    if (answer.status == 302 && asked_others && !pending->whole_account) cap(*pending, answer);
    pending->trace.answer = std::move(answer);
    pending->trace.binding = pending->entry;
    pending->trace.elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Pending::Clock::now() - pending->began);
    if (!pending->whole_account) log_call(pending->trace);
    pending->done(std::move(pending->trace));
}

}  // namespace node
