// node/dns/sip_lookup.cpp - RFC 3263 §4.1 and §4.2 as questions and answers.
#include "node/dns/sip_lookup.hpp"

#include <algorithm>
#include <utility>

#include "node/dns/reply_text.hpp"

namespace node {
namespace {

constexpr std::size_t max_services = 8;   // that NAPTR may name
constexpr std::size_t max_srv = 8;        // a service
constexpr std::size_t max_addresses = 8;  // a family of one host

bool contains(const std::vector<sip::Transport>& all, sip::Transport one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

}  // namespace

std::optional<sip::Transport> transport_of(const DnsQuestion& question) {
    if (!question.transport || !question.sips) return question.transport;
    // RFC 3261 §26.2.2, RFC 7118: sips with transport=ws is secure WebSocket, with any other TLS over TCP.
    const bool web = *question.transport == sip::Transport::ws || *question.transport == sip::Transport::wss;
    return web ? sip::Transport::wss : sip::Transport::tls;
}

sip::Transport fallback_transport(const DnsQuestion& question, const std::vector<sip::Transport>& usable) {
    const auto usual = question.sips ? sip::Transport::tls : sip::Transport::udp;
    return usable.empty() || contains(usable, usual) ? usual : usable.front();
}

DnsLocator::Lookup::Lookup(asio::io_context& loop, const DnsLocatorConfig& config, const Dice& dice,
                           DnsQuestion question, DnsService& dns, std::function<void(DnsAnswer)> finished)
    : config_(config),
      dice_(dice),
      question_(std::move(question)),
      dns_(dns),
      finished_(std::move(finished)),
      timer_(loop) {}

DnsLocator::Lookup::~Lookup() {
    abandon();
}

void DnsLocator::Lookup::abandon() {
    finished_ = nullptr;
    for (Asked& asked : asked_)
        if (asked.ticket) dns_.cancel(*std::exchange(asked.ticket, std::nullopt));
}

void DnsLocator::Lookup::start() {
    deadline_ = Clock::now() + config_.deadline;
    arm(deadline_);
    const auto given = transport_of(question_);
    // RFC 3263 §4.1, §4.2: with a port neither NAPTR nor SRV is asked for.
    if (question_.port)
        return ask_host_itself(given.value_or(fallback_transport(question_, {})), *question_.port, true);
    if (!given) {
        naptr_ = Naptr::awaited;
        ask(question_.host, DnsType::naptr, std::nullopt, [this](const DnsReply& reply) { on_naptr(reply); });
    }
    for (const auto transport : transports())
        order_.push_back(ask_service(transport, std::string(srv_prefix(transport)) + question_.host));
}

std::vector<sip::Transport> DnsLocator::Lookup::transports() const {
    if (const auto given = transport_of(question_)) return {*given};
    std::vector<sip::Transport> all = question_.usable.empty() ? config_.transports : question_.usable;
    if (question_.sips) std::erase_if(all, [](sip::Transport each) { return !is_secure(each); });
    if (all.empty()) all.push_back(fallback_transport(question_, {}));
    return all;
}

void DnsLocator::Lookup::ask(const std::string& host, DnsType type, std::optional<std::size_t> service,
                             std::function<void(const DnsReply&)> then) {
    const std::size_t index = asked_.size();
    trace_.push_back({host + " " + std::string(name(type)), "no answer"});
    asked_.push_back({trace_.size() - 1, service, Clock::now(), std::nullopt});
    ++unanswered_;
    asked_[index].ticket = dns_.ask(
        host, type,
        [this, index, type, then = std::move(then), alive = std::weak_ptr(alive_)](const DnsReply& reply) {
            if (alive.expired() || !finished_) return;
            Asked& asked = asked_[index];
            asked.ticket.reset();
            asked.status = reply.status;
            --unanswered_;
            DnsStep& step = trace_[asked.step];
            step.result = summary(type, reply);
            step.elapsed = since(asked.at);
            step.security = reply.security;
            step.answered = is_answer(reply.status);
            then(reply);
            settle();
        });
}

void DnsLocator::Lookup::give_up(Asked& asked, const char* why) {
    if (!asked.ticket) return;
    dns_.cancel(*asked.ticket);
    asked.ticket.reset();
    --unanswered_;
    trace_[asked.step].result = why;
    trace_[asked.step].elapsed = since(asked.at);
}

std::size_t DnsLocator::Lookup::ask_service(sip::Transport transport, const std::string& srv_name) {
    const std::size_t index = services_.size();
    services_.push_back({transport, srv_name, {}});
    ask(srv_name, DnsType::srv, index, [this, index](const DnsReply& reply) { on_srv(index, reply); });
    return index;
}

void DnsLocator::Lookup::on_naptr(const DnsReply& reply) {
    naptr_ = Naptr::none;
    naptr_secure_ = reply.security == DnsSecurity::secure;
    if (reply.status == DnsStatus::bogus) naptr_ = Naptr::bogus;
    // Some servers fail for types that they do not know: then there is no NAPTR, but nothing is secure
    // either.
    if (reply.status != DnsStatus::found) return;
    auto offered = sip_services(reply.records, transports());
    std::erase_if(offered.usable, [&](const NaptrService& service) {
        const auto why = why_never_asked(service.srv_name);
        if (why) trace_.push_back({{}, service.srv_name + ": " + std::string(*why)});
        return why.has_value();
    });
    if (offered.usable.empty()) {
        naptr_ = offered.any ? Naptr::unusable : Naptr::none;
        return;
    }
    naptr_ = Naptr::chosen;
    if (offered.usable.size() > max_services) offered.usable.resize(max_services);
    choose(offered.usable);
}

/// NAPTR's services take the place of our guesses; what was asked already is not asked again.
void DnsLocator::Lookup::choose(const std::vector<NaptrService>& chosen) {
    for (Service& guess : services_)
        guess.passed_over = true;
    order_.clear();
    for (const NaptrService& wanted : chosen) {
        const auto guess = std::find_if(services_.begin(), services_.end(), [&](const Service& service) {
            return service.transport == wanted.transport && service.name == wanted.srv_name;
        });
        if (guess == services_.end()) {
            order_.push_back(ask_service(wanted.transport, wanted.srv_name));
        } else {
            guess->passed_over = false;
            order_.push_back(static_cast<std::size_t>(guess - services_.begin()));
        }
    }
    for (Asked& asked : asked_) {
        if (asked.service && services_[*asked.service].passed_over)
            give_up(asked, "not awaited: NAPTR names other services");
    }
}

void DnsLocator::Lookup::on_srv(std::size_t index, const DnsReply& reply) {
    services_[index].secure = reply.security == DnsSecurity::secure;
    if (reply.status != DnsStatus::found) return;
    std::vector<SrvRecord> records;
    for (const std::string& rdata : reply.records) {
        auto record = parse_srv(rdata);
        if (record) records.push_back(std::move(*record));
    }
    Service& service = services_[index];
    service.exists = !records.empty();
    records = in_order(std::move(records), dice_);
    for (SrvRecord& record : records) {
        // RFC 2782: a target of "." says that the service is decidedly not available at this domain.
        if (record.target.empty() || service.candidates.size() == max_srv) continue;
        if (const auto why = why_never_asked(record.target)) {
            trace_.push_back({{}, record.target + ": " + std::string(*why)});
            continue;
        }
        service.candidates.push_back({std::move(record), {}, {}});
    }
    for (std::size_t i = 0; i < services_[index].candidates.size(); ++i)
        ask_addresses(index, i);
}

void DnsLocator::Lookup::ask_addresses(std::size_t service, std::size_t candidate) {
    const std::string host = services_[service].candidates[candidate].record.target;
    for (const DnsType type : {DnsType::a, DnsType::aaaa}) {
        ask(host, type, service, [this, service, candidate, type](const DnsReply& reply) {
            on_address(service, candidate, type, reply);
        });
    }
}

void DnsLocator::Lookup::on_address(std::size_t service, std::size_t candidate, DnsType type,
                                    const DnsReply& reply) {
    Candidate& to = services_[service].candidates[candidate];
    Family& family = type == DnsType::a ? to.v4 : to.v6;
    family.secure = reply.security == DnsSecurity::secure;
    for (const std::string& rdata : reply.records) {
        const auto address = parse_address(rdata);
        if (address && address->is_v4() == (type == DnsType::a) && family.addresses.size() < max_addresses)
            family.addresses.push_back(*address);
    }
}

void DnsLocator::Lookup::ask_host_itself(sip::Transport transport, std::uint16_t port, bool secure_so_far) {
    fell_back_ = true;
    Service service{transport, question_.host, {}};
    service.secure = secure_so_far;
    service.candidates.push_back({{0, 0, port, question_.host}, {}, {}});
    services_.push_back(std::move(service));
    order_.push_back(services_.size() - 1);
    ask_addresses(services_.size() - 1, 0);
}

/// After each answer: is there something more to ask, to wait for, or to say?
void DnsLocator::Lookup::settle() {
    if (!finished_) return;
    if (naptr_ == Naptr::bogus) return finish(false);
    if (unanswered_ > 0) {
        const bool only_naptr = unanswered_ == 1 && naptr_ == Naptr::awaited;
        if (in_grace_ || (!only_naptr && targets().empty())) return;
        in_grace_ = true;
        return arm(std::min(deadline_, Clock::now() + config_.grace));
    }
    const bool any_srv =
        std::any_of(order_.begin(), order_.end(), [this](std::size_t i) { return services_[i].exists; });
    if (any_srv || any_failure() || fell_back_ || naptr_ == Naptr::unusable) return finish(false);
    // RFC 3263 §4.2: no SRV records: an address lookup of the domain name, at the default port.
    const bool secure =
        std::all_of(order_.begin(), order_.end(), [this](std::size_t i) { return services_[i].secure; });
    const auto transport =
        naptr_ == Naptr::chosen
            ? services_[order_.front()].transport
            : transport_of(question_).value_or(fallback_transport(question_, transports()));
    in_grace_ = false;
    ask_host_itself(transport, default_port(transport), secure);
}

void DnsLocator::Lookup::arm(Clock::time_point at) {
    timer_.expires_at(at);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (!alive.expired() && !error) on_time();
    });
}

void DnsLocator::Lookup::on_time() {
    // A server that drops what it does not know must not cost the whole deadline.
    if (naptr_ == Naptr::awaited && unanswered_ == 1 && Clock::now() < deadline_) {
        naptr_ = Naptr::none;
        give_up(asked_.front(), "no answer");
        arm(deadline_);
        return settle();
    }
    finish(true);
}

std::vector<DnsTarget> DnsLocator::Lookup::targets() const {
    std::vector<DnsTarget> all;
    for (const std::size_t index : order_) {
        const Service& service = services_[index];
        const bool named = naptr_is_secure() && service.secure;
        for (const Candidate& candidate : service.candidates) {
            const SrvRecord& record = candidate.record;
            for (const Family* family : {&candidate.v4, &candidate.v6}) {
                for (const auto& address : family->addresses)
                    all.push_back({service.transport, address, record.port, record.priority, record.weight,
                                   record.target, named && family->secure});
            }
        }
    }
    return all;
}

/// Of the questions that count: NAPTR's own and what it passed over do not.
std::vector<DnsStatus> DnsLocator::Lookup::statuses() const {
    std::vector<DnsStatus> all;
    for (const Asked& asked : asked_)
        if (asked.service && !services_[*asked.service].passed_over) all.push_back(asked.status);
    return all;
}

bool DnsLocator::Lookup::any_failure() const {
    const auto all = statuses();
    return std::any_of(all.begin(), all.end(), is_failure);
}

void DnsLocator::Lookup::judge(DnsAnswer& answer, bool deadline_passed) const {
    const auto all = statuses();
    const auto has = [&all](DnsStatus status) {
        return std::find(all.begin(), all.end(), status) != all.end();
    };
    if (naptr_ == Naptr::bogus) {
        answer.targets.clear();
        answer.outcome = DnsOutcome::failed;
        answer.cause = DnsStatus::bogus;
        return;
    }
    if (!answer.targets.empty()) {
        answer.outcome = DnsOutcome::found;
        answer.cause = DnsStatus::found;
        return;
    }
    for (const auto grave : {DnsStatus::bogus, DnsStatus::refused, DnsStatus::unreachable,
                             DnsStatus::servfail, DnsStatus::error}) {
        if (!has(grave)) continue;
        answer.outcome = DnsOutcome::failed;
        answer.cause = grave;
        return;
    }
    const bool nxdomain =
        std::all_of(all.begin(), all.end(), [](DnsStatus status) { return status == DnsStatus::nxdomain; });
    answer.outcome = deadline_passed ? DnsOutcome::timeout : DnsOutcome::missing;
    answer.cause = deadline_passed ? DnsStatus::silent : nxdomain ? DnsStatus::nxdomain : DnsStatus::nodata;
}

void DnsLocator::Lookup::finish(bool deadline_passed) {
    if (!finished_) return;
    DnsAnswer answer;
    answer.targets = targets();
    judge(answer, deadline_passed);
    for (const Asked& asked : asked_) {
        if (asked.ticket) trace_[asked.step].elapsed = since(asked.at);
    }
    answer.trace = std::move(trace_);
    timer_.cancel();
    const auto finished = std::exchange(finished_, nullptr);
    abandon();                    // this outlives its answer for a moment, perhaps also the service
    finished(std::move(answer));  // may not destroy this: see DnsLocator::retire()
}

}  // namespace node
