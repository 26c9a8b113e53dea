// node/chain.cpp - the rules of the routing chain.
#include "node/chain.hpp"

#include <asio/steady_timer.hpp>

#include "crypto/name.hpp"
#include "node/names.hpp"
#include "sip/uri.hpp"

namespace node {
namespace {

using Clock = std::chrono::steady_clock;

sip::RouteAnswer refusal(int status, std::string reason = {}, std::string warning = {}) {
    sip::RouteAnswer answer;
    answer.status = status;
    answer.reason = std::move(reason);
    answer.warning = std::move(warning);
    return answer;
}

/// Tells in the trace about a step that was not asked.
StepAnswer not_asked(const char* step, std::string why) {
    StepAnswer note;
    note.step = step;
    note.says = std::move(why);
    return note;
}

constexpr const char* dht_is_off = "The DHT is switched off (dht.enabled = false).";
constexpr const char* dns_is_off = "DNS is switched off (dns.enabled = false).";

Target target_of(const sip::RouteQuestion& question) {
    Target target;
    target.user = question.user;
    target.label = crypto::canonical_label(question.user).value_or("");
    target.host = sip::lowercase(question.host);
    target.port = question.port;
    target.transport = question.transport;
    target.sips = question.sips;
    target.flow = question.flow;
    return target;
}

/// Rewrites user "bob@example.org" at an own host into bob at example.org. False: there is no URI in it.
bool unwrap(Target& target) {
    const std::string text = "sip:" + target.user;
    const auto inner = sip::UriView::parse(text);
    if (!inner || inner->user.empty() || inner->user.find('@') != std::string_view::npos ||
        inner->host.empty())
        return false;
    target.user = sip::unescape(inner->user);
    target.label = crypto::canonical_label(target.user).value_or("");
    target.host = sip::lowercase(inner->host);
    target.port = inner->port;
    target.transport.reset();
    return true;
}

std::string literal_contact(const Target& target, const asio::ip::address& address) {
    const std::string transport = target.transport.value_or(target.sips ? "tls" : "udp");
    const std::uint16_t port = target.port.value_or(transport == "tls" ? 5061 : 5060);
    return "sip:" + (target.user.empty() ? "" : sip::escape_user(target.user) + "@") +
           sip::host_text(address) + ":" + std::to_string(port) + ";transport=" + transport;
}

}  // namespace

struct Chain::Pending {
    explicit Pending(asio::io_context& loop) : timer(loop), began(Clock::now()) {}
    asio::steady_timer timer;
    Clock::time_point began;
    Trace trace;
    Target target;
    bool whole_account = false;  // for a person who asks: every step that has a say
    bool finished = false;
    unsigned asked = 0;  // steps that have not answered
    std::optional<StepAnswer> dns, dht;
    std::function<void(Trace)> done;
};

Chain::Chain(asio::io_context& loop, ChainRules rules, ChainSteps steps)
    : loop_(loop), rules_(std::move(rules)), steps_(std::move(steps)) {}

Chain::~Chain() {
    for (const auto& pending : pending_)
        pending->finished = true;  // a late answer meets nobody
}

std::shared_ptr<Chain::Pending> Chain::make_pending(const std::string& uri, bool whole_account,
                                                    std::function<void(Trace)> done) {
    auto pending = std::make_shared<Pending>(loop_);
    pending->trace.uri = uri;
    pending->whole_account = whole_account;
    pending->done = std::move(done);
    pending_.insert(pending);
    return pending;
}

void Chain::route(const sip::RouteQuestion& question, sip::RouteDone done) {
    if (pending_.size() >= rules_.max_pending) {
        auto busy = refusal(503);
        busy.retry_after = std::chrono::seconds(5);
        return done(std::move(busy));
    }
    begin(make_pending(question.uri, false,
                       [done = std::move(done)](Trace trace) { done(std::move(trace.answer)); }),
          question);
}

void Chain::lookup(const std::string& uri, std::function<void(Trace)> done) {
    const auto scheme = uri.substr(0, uri.find(':'));
    const bool has_scheme = sip::equal_nocase(scheme, "sip") || sip::equal_nocase(scheme, "sips");
    const std::string text = has_scheme ? uri : "sip:" + uri;
    const auto pending = make_pending(text, true, std::move(done));
    const auto parsed = sip::UriView::parse(text);
    if (!parsed || pending_.size() > rules_.max_pending) return finish(pending, refusal(parsed ? 503 : 400));

    sip::RouteQuestion question;
    question.uri = text;
    question.user = sip::unescape(parsed->user);
    question.host = sip::lowercase(parsed->host);
    question.port = parsed->port;
    if (const auto transport = parsed->parameter("transport"))
        question.transport = sip::lowercase(*transport);
    question.sips = parsed->is_sips();
    question.from_own_user = true;
    question.host_is_own = steps_.is_own_host(question.host, question.port, question.flow);
    begin(pending, question);
}

void Chain::begin(const std::shared_ptr<Pending>& pending, const sip::RouteQuestion& question) {
    Target& target = pending->target = target_of(question);
    target.fresh = pending->whole_account;
    bool own = question.host_is_own;
    if (own && target.user.find('@') != std::string::npos && question.from_own_user) {
        if (!unwrap(target)) return finish(pending, refusal(404));
        own = steps_.is_own_host(target.host, target.port, target.flow);
    }
    const HostName host = classify(target.host);
    const auto* key_name = std::get_if<KeyName>(&host);
    const auto pin = rules_.pins.find(target.host);
    own = own || (key_name != nullptr && key_name->key == rules_.own_key);
    own = own || (pin != rules_.pins.end() && pin->second == rules_.own_key);
    const auto answered = [this, pending](const StepAnswer& step) { finish(pending, step.answer); };
    if (own) return ask(pending, steps_.local, answered);

    if (const auto* bad = std::get_if<BadKeyName>(&host))
        return finish(pending, refusal(404, "Bad key name", bad->why));
    if (std::holds_alternative<OtherAlt>(host)) {
        return finish(pending,
                      refusal(404, {}, target.host + " is outside DNS, and no name of Hedgewitch's"));
    }
    // The edge asks for credentials first; this only holds should that ever fail: never an open relay.
    if (!question.from_own_user) return finish(pending, refusal(403));
    if (const auto* literal = std::get_if<Literal>(&host)) {
        if (!pending->whole_account) {
            return finish(
                pending, refusal(403, "Call a name, not an address",
                                 "this node does not send calls to bare IP addresses; dial sip:name@domain"));
        }
        StepAnswer step;
        step.step = "address";
        step.verdict = Verdict::found;
        step.says =
            "This is an address already; nothing is looked up. A call to it through this node is refused "
            "with 403.";
        step.answer.status = 302;
        step.answer.contacts.push_back({literal_contact(target, literal->address), 1.0});
        pending->trace.steps.push_back(step);
        return finish(pending, step.answer);
    }
    pending->timer.expires_after(rules_.deadline);
    pending->timer.async_wait([this, weak = std::weak_ptr(pending)](asio::error_code error) {
        const auto late = weak.lock();
        if (!error && late && !late->finished) finish(late, refusal(504));
    });
    if (key_name != nullptr) {
        target.key = key_name->key;
        if (steps_.dht == nullptr) return finish_without_dht(pending);
        return ask(pending, *steps_.dht, answered);
    }
    if (pin != rules_.pins.end()) target.key = pin->second;
    find_domain(pending);
}

void Chain::find_domain(const std::shared_ptr<Pending>& pending) {
    if (pending->target.key) {
        if (steps_.dht == nullptr) return finish_without_dht(pending);
        // Beside each other: DNS must not cost the call its time.
        const auto judge = [this, pending](std::optional<StepAnswer> Pending::*slot) {
            return [this, pending, slot](const StepAnswer& step) {
                (*pending).*slot = step;
                judge_pinned(pending);
            };
        };
        pending->asked = steps_.dns != nullptr ? 2 : 1;
        if (steps_.dns != nullptr) ask(pending, *steps_.dns, judge(&Pending::dns));
        return ask(pending, *steps_.dht, judge(&Pending::dht));
    }
    if (steps_.dns == nullptr) {
        pending->trace.steps.push_back(not_asked("dns", dns_is_off));
        return finish_without_key(pending);
    }
    ask(pending, *steps_.dns, [this, pending](const StepAnswer& step) { judge_dns(pending, step); });
}

void Chain::ask(const std::shared_ptr<Pending>& pending, Resolver& step,
                std::function<void(const StepAnswer&)> next) {
    step.resolve(pending->target, [pending, next = std::move(next)](const StepAnswer& answer) {
        if (pending->finished) return;
        pending->trace.steps.push_back(answer);
        next(answer);
    });
}

void Chain::judge_pinned(const std::shared_ptr<Pending>& pending) {
    const bool enough = pending->dht && pending->dht->verdict == Verdict::found && !pending->whole_account;
    const unsigned answered = (pending->dns ? 1U : 0U) + (pending->dht ? 1U : 0U);
    if (!enough && answered < pending->asked) return;
    sip::RouteAnswer answer = pending->dht->answer;
    if (pending->dht->verdict != Verdict::found && pending->dns && pending->dns->verdict == Verdict::found &&
        answer.warning.empty()) {
        answer.warning =
            "DNS has an unproven answer for " + pending->target.host + ", not used: its key is pinned";
    }
    finish(pending, std::move(answer));
}

void Chain::judge_dns(const std::shared_ptr<Pending>& pending, const StepAnswer& dns) {
    if (dns.verdict == Verdict::found || dns.verdict == Verdict::refused) return finish(pending, dns.answer);
    if (dns.verdict == Verdict::failed && rules_.on_dns_failure == OnDnsFailure::refuse) {
        return finish(pending, refusal(504, {}, "DNS failed for " + pending->target.host));
    }
    finish_without_key(pending);
}

void Chain::finish_without_key(const std::shared_ptr<Pending>& pending) {
    const std::string& domain = pending->target.host;
    pending->trace.steps.push_back(not_asked(
        "dht", "Not asked: no key is known for " + domain + ". If you know it, set it under [pins]."));
    finish(pending, refusal(480, {}, "no key known for " + domain));
}

void Chain::finish_without_dht(const std::shared_ptr<Pending>& pending) {
    pending->trace.steps.push_back(not_asked("dht", dht_is_off));
    finish(pending, refusal(504));
}

void Chain::finish(const std::shared_ptr<Pending>& pending, sip::RouteAnswer answer) {
    if (pending->finished) return;
    pending->finished = true;
    pending->timer.cancel();
    pending_.erase(pending);
    pending->trace.answer = std::move(answer);
    pending->trace.elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - pending->began);
    pending->done(std::move(pending->trace));
}

}  // namespace node
