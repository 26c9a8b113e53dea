// node/dns/sip_lookup.cpp - RFC 3263 §4.1 and §4.2 as questions and answers.
#include "node/dns/sip_lookup.hpp"

#include <algorithm>
#include <utility>

#include "node/dns/dnssec_resolver.hpp"
#include "node/dns/reply_text.hpp"

namespace node {
namespace {

constexpr std::size_t max_services = 8;   // that NAPTR may name
constexpr std::size_t max_srv = 8;        // a service
constexpr std::size_t max_addresses = 8;  // a family of one host

bool contains(const std::vector<sip::Transport>& all, sip::Transport one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

std::chrono::milliseconds between(SipLookup::Time start, SipLookup::Time end) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(end - start);
}

}  // namespace

std::optional<sip::Transport> transport_of(const sip::DialledUri& dialled) {
    const auto given = dialled.transport ? named_transport(*dialled.transport) : std::nullopt;
    if (!given || !dialled.sips) return given;
    // RFC 3261 §26.2.2, RFC 7118: sips with transport=ws is secure WebSocket, with any other TLS over TCP.
    const bool web = *given == sip::Transport::ws || *given == sip::Transport::wss;
    return web ? sip::Transport::wss : sip::Transport::tls;
}

sip::Transport fallback_transport(const sip::DialledUri& dialled, const std::vector<sip::Transport>& usable) {
    const auto usual = dialled.sips ? sip::Transport::tls : sip::Transport::udp;
    return usable.empty() || contains(usable, usual) ? usual : usable.front();
}

SipLookup::SipLookup(const SipLookupConfig& config, const RandomUpTo& random, DnsQuestion question, Time now)
    : config_(config),
      random_(random),
      question_(std::move(question)),
      deadline_(now + config.deadline),
      now_(now),
      wake_(deadline_) {
    const auto given = transport_of(question_.dialled);
    // RFC 3263 §4.1, §4.2: with a port neither NAPTR nor SRV is asked for.
    if (question_.dialled.port) {
        ask_host_itself(given.value_or(fallback_transport(question_.dialled, {})), *question_.dialled.port,
                        true);
        return;
    }
    if (!given) {
        naptr_ = Naptr::awaited;
        ask(question_.dialled.host, DnsType::naptr, std::nullopt);
    }
    for (const auto transport : transports())
        order_.push_back(ask_service(transport, std::string(srv_prefix(transport)) + question_.dialled.host));
}

std::vector<sip::Transport> SipLookup::transports() const {
    if (const auto given = transport_of(question_.dialled)) return {*given};
    std::vector<sip::Transport> all = question_.usable.empty() ? config_.transports : question_.usable;
    if (question_.dialled.sips) std::erase_if(all, [](sip::Transport each) { return !is_secure(each); });
    if (all.empty()) all.push_back(fallback_transport(question_.dialled, {}));
    return all;
}

void SipLookup::ask(const std::string& host, DnsType type, std::optional<std::size_t> service,
                    std::size_t candidate) {
    trace_.push_back({host + " " + std::string(name(type)), "no answer"});
    questions_.push_back({asked_.size(), host, type});
    asked_.push_back({type, trace_.size() - 1, service, candidate, now_});
}

std::optional<SipLookup::Question> SipLookup::next_question() {
    if (questions_.empty() || over_) return std::nullopt;
    auto question = std::move(questions_.front());
    questions_.pop_front();
    return question;
}

std::optional<std::size_t> SipLookup::next_given_up() {
    if (given_up_.empty()) return std::nullopt;
    const std::size_t index = given_up_.front();
    given_up_.pop_front();
    return index;
}

void SipLookup::replied(std::size_t index, const DnsReply& reply, Time now) {
    if (over_ || index >= asked_.size() || !asked_[index].open) return;
    now_ = now;
    const Asked asked = [&] {
        Asked& own = asked_[index];
        own.open = false;
        own.status = reply.status;
        return own;  // more are asked below, and move it
    }();
    DnsAsked& step = trace_[asked.step];
    step.result = summary(asked.type, reply);
    step.elapsed = between(asked.at, now);
    step.security = reply.security;
    step.answered = is_answer(reply.status);
    switch (asked.type) {
        case DnsType::naptr: on_naptr(reply); break;
        case DnsType::srv: on_srv(*asked.service, reply); break;
        case DnsType::a:
        case DnsType::aaaa: on_address(*asked.service, asked.candidate, asked.type, reply); break;
        case DnsType::txt:
        case DnsType::dnskey: break;  // never asked here
    }
    settle();
}

void SipLookup::give_up(Asked& asked, const char* why) {
    if (!asked.open) return;
    asked.open = false;
    given_up_.push_back(static_cast<std::size_t>(&asked - asked_.data()));
    trace_[asked.step].result = why;
    trace_[asked.step].elapsed = between(asked.at, now_);
}

std::size_t SipLookup::unanswered() const {
    return static_cast<std::size_t>(
        std::count_if(asked_.begin(), asked_.end(), [](const Asked& asked) { return asked.open; }));
}

std::size_t SipLookup::ask_service(sip::Transport transport, const std::string& srv_name) {
    const std::size_t index = services_.size();
    services_.push_back({transport, srv_name, {}});
    ask(srv_name, DnsType::srv, index);
    return index;
}

void SipLookup::on_naptr(const DnsReply& reply) {
    // Whoever can make this question fail would else choose that a domain of TLS alone is called in clear.
    naptr_ = is_failure(reply.status) ? Naptr::failed : Naptr::none;
    naptr_secure_ = reply.security == DnsSecurity::secure;
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
void SipLookup::choose(const std::vector<NaptrService>& chosen) {
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

void SipLookup::on_srv(std::size_t index, const DnsReply& reply) {
    services_[index].secure = reply.security == DnsSecurity::secure;
    if (reply.status != DnsStatus::found) return;
    services_[index].exists = true;  // even where nothing of it can be used
    std::vector<SrvRecord> records;
    for (const std::string& rdata : reply.records) {
        auto record = parse_srv(rdata);
        if (record) records.push_back(std::move(*record));
    }
    Service& service = services_[index];
    if (records.empty()) service.trouble = "its SRV record is malformed";
    records = in_order(std::move(records), random_);
    for (SrvRecord& record : records) {
        // RFC 2782: a target of "." says that the service is decidedly not available at this domain.
        if (record.target.empty()) service.trouble = "its SRV record says that it has no such service";
        if (record.target.empty() || service.candidates.size() == max_srv) continue;
        if (const auto why = why_never_asked(record.target)) {
            trace_.push_back({{}, record.target + ": " + std::string(*why)});
            service.trouble = "its SRV record leads to " + record.target + " (" + std::string(*why) + ")";
            continue;
        }
        service.candidates.push_back({std::move(record), {}, {}});
    }
    for (std::size_t i = 0; i < services_[index].candidates.size(); ++i)
        ask_addresses(index, i);
}

void SipLookup::ask_addresses(std::size_t service, std::size_t candidate) {
    const std::string host = services_[service].candidates[candidate].record.target;
    for (const DnsType type : {DnsType::a, DnsType::aaaa})
        ask(host, type, service, candidate);
}

void SipLookup::on_address(std::size_t service, std::size_t candidate, DnsType type, const DnsReply& reply) {
    Candidate& to = services_[service].candidates[candidate];
    Family& family = type == DnsType::a ? to.v4 : to.v6;
    family.secure = reply.security == DnsSecurity::secure;
    for (const std::string& rdata : reply.records) {
        const auto address = parse_address(rdata);
        if (address && address->is_v4() == (type == DnsType::a) && family.addresses.size() < max_addresses)
            family.addresses.push_back(*address);
    }
}

void SipLookup::ask_host_itself(sip::Transport transport, std::uint16_t port, bool secure_so_far) {
    fell_back_ = true;
    Service service{transport, question_.dialled.host, {}};
    service.secure = secure_so_far;
    service.candidates.push_back({{0, 0, port, question_.dialled.host}, {}, {}});
    services_.push_back(std::move(service));
    order_.push_back(services_.size() - 1);
    ask_addresses(services_.size() - 1, 0);
}

/// After each answer: is there something more to ask, to wait for, or to say?
void SipLookup::settle() {
    if (over_) return;
    if (naptr_ == Naptr::failed) return finish(false);
    if (unanswered() > 0) {
        if (in_grace_ || naptr_ == Naptr::awaited || targets().empty()) return;
        in_grace_ = true;
        wake_ = std::min(deadline_, now_ + config_.grace);
        return;
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
            : transport_of(question_.dialled).value_or(fallback_transport(question_.dialled, transports()));
    in_grace_ = false;
    wake_ = deadline_;
    ask_host_itself(transport, default_port(transport), secure);
}

void SipLookup::on_time(Time now) {
    if (over_ || now < wake_) return;
    now_ = now;
    if (naptr_ == Naptr::awaited) naptr_ = Naptr::failed;
    finish(true);
}

/// Something about this service was not answered, or failed: what it would lead to is not known.
bool SipLookup::is_unknown(std::size_t service) const {
    return std::any_of(asked_.begin(), asked_.end(), [service](const Asked& asked) {
        return asked.service == service && is_failure(asked.status);  // silent until it is answered
    });
}

std::vector<DnsTarget> SipLookup::targets_of(const Service& service) const {
    std::vector<DnsTarget> all;
    const bool named = naptr_is_secure() && service.secure;
    for (const Candidate& candidate : service.candidates) {
        const SrvRecord& record = candidate.record;
        for (const Family* family : {&candidate.v4, &candidate.v6}) {
            for (const auto& address : family->addresses)
                all.push_back({service.transport, address, record.port, record.priority, record.weight,
                               record.target, named && family->secure});
        }
    }
    return all;
}

std::vector<DnsTarget> SipLookup::targets() const {
    std::vector<DnsTarget> all;
    bool nothing_in_clear = false;
    for (const std::size_t index : order_) {
        const Service& service = services_[index];
        if (nothing_in_clear && !is_secure(service.transport)) continue;
        const auto some = targets_of(service);
        all.insert(all.end(), some.begin(), some.end());
        if (some.empty() && is_secure(service.transport) && is_unknown(index)) nothing_in_clear = true;
    }
    return all;
}

/// Of the questions that count: NAPTR's own and what it passed over do not.
std::vector<DnsStatus> SipLookup::statuses() const {
    std::vector<DnsStatus> all;
    for (const Asked& asked : asked_)
        if (asked.service && !services_[*asked.service].passed_over) all.push_back(asked.status);
    return all;
}

bool SipLookup::any_failure() const {
    const auto all = statuses();
    return std::any_of(all.begin(), all.end(), is_failure);
}

void SipLookup::judge(DnsAnswer& answer, bool deadline_passed) const {
    const auto all = statuses();
    const auto has = [&all](DnsStatus status) {
        return std::find(all.begin(), all.end(), status) != all.end();
    };
    if (naptr_ == Naptr::failed) {
        answer.targets.clear();
        answer.cause = asked_.front().status;
        answer.outcome = answer.cause == DnsStatus::silent ? DnsOutcome::timeout : DnsOutcome::failed;
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
    if (answer.outcome == DnsOutcome::missing) answer.why = why_missing();
}

/// What is peculiar about it; nothing when there are no records at all.
std::string SipLookup::why_missing() const {
    for (const std::size_t index : order_) {
        const Service& service = services_[index];
        if (!service.exists) continue;
        if (!service.trouble.empty()) return service.trouble;
        if (!service.candidates.empty())
            return "its SRV record leads to " + service.candidates.front().record.target +
                   ", which has no address";
    }
    return naptr_ == Naptr::unusable ? "its NAPTR records name no service that is spoken here" : "";
}

void SipLookup::finish(bool deadline_passed) {
    over_ = true;
    DnsAnswer answer;
    answer.targets = targets();
    judge(answer, deadline_passed);
    for (const Asked& asked : asked_) {
        if (asked.open) trace_[asked.step].elapsed = between(asked.at, now_);
    }
    answer.trace = std::move(trace_);
    answer_ = std::move(answer);
}

}  // namespace node
