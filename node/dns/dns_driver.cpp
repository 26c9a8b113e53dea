// node/dns/dns_driver.cpp - commands of the rules obeyed, replies handed in, answers given.
#include "node/dns/dns_driver.hpp"

#include <asio/post.hpp>
#include <stdexcept>
#include <utility>
#include <variant>

#include "node/dns/key_binding_lookup.hpp"
#include "node/dns/sip_locator.hpp"
#include "node/dns/trust_anchor.hpp"

namespace node {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t max_lookups = 1000;

}  // namespace

/// A question that some client has.
struct DnsDriver::Put {
    std::shared_ptr<DnsClient> client;
    QuestionId id = 0;                 // of the client's
    std::unique_ptr<ServerPing> ping;  // why it was SERVFAIL
};

/// A lookup of a SIP host.
struct DnsDriver::Located {
    Located(const DnsDriver& driver, DnsQuestion question, Time now, std::function<void(DnsAnswer)> then)
        : core(driver.config_.locator, driver.random_, std::move(question), now), done(std::move(then)) {}
    SipLookup core;
    std::map<std::size_t, QuestionId> open;  // the resolver's ids of its questions
    std::function<void(DnsAnswer)> done;
    sip::TimerQueue<QuestionId>::Timer timer;
};

struct DnsDriver::Binding {
    std::string domain;
    Time asked;
    QuestionId question = 0;  // of the resolver's
    std::function<void(KeyBinding)> done;
    sip::TimerQueue<QuestionId>::Timer timer;
};

DnsDriver::DnsDriver(asio::io_context& loop, DnsDriverConfig config, RandomUpTo random)
    : loop_(loop),
      config_(std::move(config)),
      random_(std::move(random)),
      resolver_(config_.rules),
      timer_(loop, [this] { on_time(); }) {
    if (config_.rules.dnssec == Dnssec::require) {
        const auto file = trust_anchor_file(config_.trust_anchor);
        if (file.empty())
            throw std::runtime_error(
                "dns.dnssec = \"require\" needs a trust anchor: set dns.trust_anchor, or "
                "install dns-root-data");
        (void)read_trust_anchors(file);
    }
    notice_change(Clock::now());
    pump_later();
}

DnsDriver::~DnsDriver() = default;

void DnsDriver::ask(const std::string& name, DnsType type, std::function<void(const DnsReply&)> done) {
    (void)put(
        name, type, [done = std::move(done)](const DnsReply& reply, Time) { done(reply); }, Clock::now());
    pump_later();
}

QuestionId DnsDriver::put(const std::string& name, DnsType type, Wanted wanted, Time now) {
    notice_change(now);
    const QuestionId id = resolver_.ask(name, type, now);
    wanted_.emplace(id, std::move(wanted));
    return id;
}

QuestionId DnsDriver::locate(const DnsQuestion& asked, std::function<void(DnsAnswer)> done) {
    const QuestionId id = ++last_id_;
    DnsQuestion question = canonical(asked);
    auto answer = answer_without_dns(question);
    if (!answer && located_.size() >= max_lookups) answer = turned_away();
    if (answer) {
        located_[id] = nullptr;  // an empty place, so that cancel() works on it too
        asio::post(loop_, alive_.guard([this, id, answer = std::move(*answer), done = std::move(done)] {
            if (located_.erase(id) > 0) done(answer);
        }));
        return id;
    }
    const auto now = Clock::now();
    located_.emplace(id, std::make_unique<Located>(*this, std::move(question), now, std::move(done)));
    advance(id, now);
    pump_later();
    return id;
}

void DnsDriver::cancel(QuestionId lookup) {
    const auto node = located_.extract(lookup);
    if (node.empty() || !node.mapped()) return;
    for (const auto& [index, id] : node.mapped()->open) {
        resolver_.cancel(id);
        wanted_.erase(id);
    }
    pump_later();
}

/// Puts what the lookup wants to know, and gives its answer when it has one. This may then be gone.
void DnsDriver::advance(QuestionId lookup, Time now) {
    const auto found = located_.find(lookup);
    if (found == located_.end() || !found->second) return;
    Located& located = *found->second;
    while (const auto question = located.core.next_question()) {
        located.open[question->index] = put(
            question->name, question->type,
            [this, lookup, index = question->index](const DnsReply& reply, Time at) {
                Located& asker = *located_.at(lookup);
                asker.open.erase(index);
                asker.core.replied(index, reply, at);
                advance(lookup, at);
            },
            now);
    }
    while (const auto index = located.core.next_given_up()) {
        const auto open = located.open.extract(*index);
        if (open.empty()) continue;
        resolver_.cancel(open.mapped());
        wanted_.erase(open.mapped());
    }
    if (auto answer = located.core.take_answer()) {
        const auto done = std::move(located.done);
        cancel(lookup);
        return done(std::move(*answer));
    }
    wakes_.set(located.timer, lookup, located.core.next_wake());
}

void DnsDriver::lookup(const std::string& domain, std::function<void(KeyBinding)> done) {
    auto without = key_binding_without_dns(domain);
    if (!without && bindings_.size() >= max_lookups) without = key_binding_turned_away();
    if (without) {
        asio::post(loop_,
                   alive_.guard([answer = std::move(*without), done = std::move(done)] { done(answer); }));
        return;
    }
    const auto now = Clock::now();
    const QuestionId id = ++last_id_;
    auto binding = std::make_unique<Binding>();
    binding->domain = domain;
    binding->asked = now;
    binding->done = std::move(done);
    wakes_.set(binding->timer, id, now + config_.locator.deadline);
    binding->question = put(
        key_binding_name(domain), DnsType::txt,
        [this, id](const DnsReply& reply, Time at) { finish_binding(id, reply, at); }, now);
    bindings_.emplace(id, std::move(binding));
    pump_later();
}

void DnsDriver::finish_binding(QuestionId id, const DnsReply& reply, Time now) {
    const auto node = bindings_.extract(id);
    if (node.empty()) return;
    const Binding& binding = *node.mapped();
    resolver_.cancel(binding.question);  // after a timeout
    wanted_.erase(binding.question);
    binding.done(key_binding_of(binding.domain, reply,
                                std::chrono::duration_cast<std::chrono::milliseconds>(now - binding.asked)));
}

/// What a caller sets off is not answered before its call returns.
void DnsDriver::pump_later() {
    if (std::exchange(pump_posted_, true)) return;
    asio::post(loop_, alive_.guard([this] {
        pump_posted_ = false;
        pump();
    }));
}

void DnsDriver::pump() {
    const auto here = alive_.watch();
    for (;;) {
        while (const auto command = resolver_.next_command())
            std::visit([this](const auto& each) { obey(each); }, *command);
        const auto answered = resolver_.next_answer();
        if (!answered) break;
        auto wanted = wanted_.extract(answered->id);
        if (wanted.empty()) continue;
        wanted.mapped()(answered->reply, Clock::now());
        if (!here) return;
    }
    auto wake = wakes_.next_wake();
    if (const auto rules = resolver_.next_wake()) wake = wake ? std::min(*wake, *rules) : *rules;
    timer_.set(wake);
}

void DnsDriver::on_time() {
    const auto here = alive_.watch();
    const auto now = Clock::now();
    resolver_.on_time(now);
    while (const QuestionId* due = wakes_.due(now)) {
        const QuestionId id = *due;
        if (const auto located = located_.find(id); located != located_.end()) {
            located->second->core.on_time(now);
            advance(id, now);
        } else {
            DnsReply silent;
            silent.status = DnsStatus::silent;
            finish_binding(id, silent, now);
        }
        if (!here) return;
    }
    pump();
}

/// Compares resolv.conf with what the clients were made from.
void DnsDriver::notice_change(Time now) {
    std::optional<std::filesystem::file_time_type> written = std::filesystem::file_time_type::min();
    if (config_.servers.forward.empty()) {
        std::error_code error;
        written = std::filesystem::last_write_time(config_.servers.resolv_conf, error);
        if (error) written = std::filesystem::file_time_type::max();  // none: differs from every one
    }
    if (written == resolv_conf_time_) return;
    resolv_conf_time_ = written;
    resolver_.servers_changed(now);
}

std::vector<sip::Endpoint> DnsDriver::servers() const {
    return config_.servers.forward.empty() ? servers_of(config_.servers.resolv_conf)
                                           : config_.servers.forward;
}

/// Throws when libunbound does. Empty: the check could not be begun.
std::shared_ptr<DnsClient> DnsDriver::client(DnssecResolver::Client which) {
    switch (which) {
        case DnssecResolver::Client::validating: return clients_.validating;
        case DnssecResolver::Client::checking: return clients_.checking;
        case DnssecResolver::Client::plain: break;
    }
    if (!clients_.plain) clients_.plain = std::make_shared<DnsClient>(loop_, config_.servers);
    return clients_.plain;
}

void DnsDriver::obey(const DnssecResolver::Put& command) {
    std::shared_ptr<DnsClient> to;
    std::string why_not = resolver_.trouble();
    try {
        to = client(command.client);
    } catch (const std::exception& error) {
        why_not = error.what();
    }
    if (!to) return resolver_.cannot_ask(command.id, std::move(why_not), Clock::now());
    Put& asked = put_[command.id];
    asked.client = to;
    asked.id =
        to->ask(command.name, command.type, alive_.guard([this, id = command.id](const DnsReply& reply) {
            resolver_.replied(id, reply, Clock::now());
            pump();
        }));
}

void DnsDriver::obey(const DnssecResolver::Drop& command) {
    const auto node = put_.extract(command.id);
    if (!node.empty()) node.mapped().client->cancel(node.mapped().id);
}

void DnsDriver::obey(const DnssecResolver::ForgetClients&) {
    clients_.validating.reset();
    clients_.plain.reset();
}

void DnsDriver::obey(const DnssecResolver::StartCheck&) {
    const auto now = Clock::now();
    const bool required = config_.rules.dnssec == Dnssec::require;
    try {
        const auto file = trust_anchor_file(config_.trust_anchor);
        if (file.empty()) {
            return resolver_.check_failed(
                "There is no DNSSEC trust anchor on this machine (package dns-root-data), so "
                "plain DNS is used and no domain can prove its key.",
                false, now);
        }
        const TrustAnchors anchors = read_trust_anchors(file);
        DnsServers with = config_.servers;
        with.trust_anchors = anchors.records;
        clients_.checking = std::make_shared<DnsClient>(loop_, with);
        resolver_.check_begun(anchors.zones, now);
    } catch (const std::exception& error) {
        resolver_.check_failed(std::string(error.what()) +
                                   (required ? "" : "; plain DNS is used and no domain can prove its key."),
                               true, now);
    }
}

void DnsDriver::obey(const DnssecResolver::EndCheck& command) {
    auto checked = std::exchange(clients_.checking, nullptr);
    if (command.use) clients_.validating = std::move(checked);
}

void DnsDriver::obey(const DnssecResolver::AskWhy& command) {
    const auto to = servers();
    const auto found = put_.find(command.id);
    if (to.empty() || found == put_.end()) return resolver_.pinged(command.id, {}, Clock::now());
    found->second.ping =
        std::make_unique<ServerPing>(loop_, to, command.name, command.type, command.patience,
                                     alive_.guard([this, id = command.id](const PingResult& result) {
                                         resolver_.pinged(id, result, Clock::now());
                                         pump();
                                     }));
}

void DnsDriver::obey(const DnssecResolver::LookForServers& command) {
    const auto to = servers();
    if (to.empty()) return resolver_.servers_pinged({}, Clock::now());
    ping_ = std::make_unique<ServerPing>(loop_, to, command.name, command.type, command.patience,
                                         alive_.guard([this](const PingResult& result) {
                                             resolver_.servers_pinged(result, Clock::now());
                                             pump();
                                         }));
}

}  // namespace node
