// node/dns_lookup.cpp - RFC 3263 §4.1 and §4.2 as questions and answers.
#include "node/dns_lookup.hpp"

#include <algorithm>
#include <utility>

namespace node {
namespace {

constexpr std::size_t max_srv = 8;        // a service
constexpr std::size_t max_addresses = 8;  // a family of one host
constexpr std::size_t max_shown = 4;      // records in a trace line

std::string_view type_name(DnsType type) {
    switch (type) {
        case DnsType::a: return "A";
        case DnsType::aaaa: return "AAAA";
        case DnsType::srv: return "SRV";
    }
    return "";
}

std::string shown(DnsType type, const std::string& rdata) {
    if (type == DnsType::srv) {
        const auto srv = parse_srv(rdata);
        if (!srv) return "(malformed)";
        return std::to_string(srv->priority) + " " + std::to_string(srv->weight) + " " +
               std::to_string(srv->port) + " " + (srv->target.empty() ? "." : srv->target);
    }
    const auto address = parse_address(rdata);
    return address ? address->to_string() : "(malformed)";
}

std::string summary(DnsType type, const DnsReply& reply) {
    switch (reply.status) {
        case DnsStatus::nxdomain: return "NXDOMAIN";
        case DnsStatus::nodata: return "no records";
        case DnsStatus::servfail:
        case DnsStatus::error: return reply.error;
        case DnsStatus::bogus: return "bogus: " + reply.error;
        case DnsStatus::found: break;
    }
    std::string text;
    for (std::size_t i = 0; i < reply.records.size() && i < max_shown; ++i)
        text += (i == 0 ? "" : ", ") + shown(type, reply.records[i]);
    if (reply.records.size() > max_shown)
        text += " and " + std::to_string(reply.records.size() - max_shown) + " more";
    return text;
}

bool is_failure(DnsStatus status) {
    return status == DnsStatus::servfail || status == DnsStatus::bogus || status == DnsStatus::error;
}

// RFC 3261 §19.1.2: 5061 for sips and TLS, 5060 for all else.
std::uint16_t default_port(sip::Transport transport) {
    return transport == sip::Transport::tls || transport == sip::Transport::wss ? 5061 : 5060;
}

std::string service_prefix(sip::Transport transport) {
    switch (transport) {
        case sip::Transport::udp: return "_sip._udp.";
        case sip::Transport::tcp: return "_sip._tcp.";
        case sip::Transport::tls: return "_sips._tcp.";
        case sip::Transport::ws: return "_sip._ws.";  // RFC 7118 §4.2.2 leaves the name to NAPTR; by analogy
        case sip::Transport::wss: return "_sips._wss.";
    }
    return {};
}

}  // namespace

DnsLocator::Lookup::Lookup(asio::io_context& loop, const DnsLocatorConfig& config, const Dice& dice,
                           DnsQuestion question, std::shared_ptr<DnsClient> client,
                           std::function<void(DnsAnswer)> finished)
    : config_(config),
      dice_(dice),
      question_(std::move(question)),
      client_(std::move(client)),
      finished_(std::move(finished)),
      timer_(loop) {}

DnsLocator::Lookup::~Lookup() {
    for (const Asked& asked : asked_)
        if (asked.ticket) client_->cancel(*asked.ticket);
}

void DnsLocator::Lookup::start() {
    deadline_ = Clock::now() + config_.deadline;
    arm(deadline_);
    // RFC 3263 §4.1: with a port there is no SRV query; the transport is the URI's, or else UDP (TLS for
    // sips).
    if (question_.port) {
        fell_back_ = true;
        return ask_host_itself(
            question_.sips ? sip::Transport::tls : question_.transport.value_or(sip::Transport::udp),
            *question_.port);
    }
    services_ = services();
    for (std::size_t i = 0; i < services_.size(); ++i)
        ask(services_[i].name, DnsType::srv, [this, i](const DnsReply& reply) { on_srv(i, reply); });
}

std::vector<DnsLocator::Lookup::Service> DnsLocator::Lookup::services() const {
    std::vector<sip::Transport> transports = config_.transports;
    if (question_.sips)
        transports = {sip::Transport::tls};
    else if (question_.transport)
        transports = {*question_.transport};
    std::vector<Service> all;
    all.reserve(transports.size());
    for (const auto transport : transports)
        all.push_back({transport, service_prefix(transport) + question_.host, {}, false});
    return all;
}

void DnsLocator::Lookup::ask(const std::string& host, DnsType type,
                             std::function<void(const DnsReply&)> then) {
    const std::size_t index = asked_.size();
    trace_.push_back({host + " " + std::string(type_name(type)), "no answer", {}, DnsSecurity::insecure});
    asked_.push_back({trace_.size() - 1, Clock::now(), std::nullopt});
    ++unanswered_;
    asked_[index].ticket = client_->ask(
        host, type,
        [this, index, type, then = std::move(then), alive = std::weak_ptr(alive_)](const DnsReply& reply) {
            if (alive.expired()) return;
            asked_[index].ticket.reset();
            --unanswered_;
            failed_ = failed_ || is_failure(reply.status);
            DnsStep& step = trace_[asked_[index].step];
            step.result = summary(type, reply);
            step.elapsed =
                std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - asked_[index].at);
            step.security = reply.security;
            step.answered = true;
            then(reply);
            settle();
        });
}

void DnsLocator::Lookup::on_srv(std::size_t index, const DnsReply& reply) {
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
            trace_.push_back({record.target, std::string(*why), {}, reply.security});
            continue;
        }
        service.candidates.push_back({service.transport, std::move(record), {}, {}});
    }
    for (std::size_t i = 0; i < services_[index].candidates.size(); ++i)
        ask_addresses(index, i);
}

void DnsLocator::Lookup::ask_addresses(std::size_t service, std::size_t candidate) {
    const std::string host = services_[service].candidates[candidate].record.target;
    for (const DnsType type : {DnsType::a, DnsType::aaaa}) {
        ask(host, type, [this, service, candidate, type](const DnsReply& reply) {
            on_address(service, candidate, type, reply);
        });
    }
}

void DnsLocator::Lookup::on_address(std::size_t service, std::size_t candidate, DnsType type,
                                    const DnsReply& reply) {
    Candidate& to = services_[service].candidates[candidate];
    auto& family = type == DnsType::a ? to.v4 : to.v6;
    for (const std::string& rdata : reply.records) {
        const auto address = parse_address(rdata);
        if (address && address->is_v4() == (type == DnsType::a) && family.size() < max_addresses)
            family.push_back(*address);
    }
}

void DnsLocator::Lookup::ask_host_itself(sip::Transport transport, std::uint16_t port) {
    services_.push_back({transport, question_.host, {}, false});
    services_.back().candidates.push_back({transport, {0, 0, port, question_.host}, {}, {}});
    ask_addresses(services_.size() - 1, 0);
}

/// After each answer: is there something more to ask, to wait for, or to say?
void DnsLocator::Lookup::settle() {
    if (unanswered_ > 0) {
        if (in_grace_ || targets().empty()) return;
        in_grace_ = true;
        return arm(std::min(deadline_, Clock::now() + config_.grace));
    }
    const bool any_srv =
        std::any_of(services_.begin(), services_.end(), [](const Service& s) { return s.exists; });
    if (!any_srv && !failed_ && !fell_back_) {
        // RFC 3263 §4.2: no SRV records: an address lookup of the domain name, at the default port.
        fell_back_ = true;
        const auto transport =
            question_.sips ? sip::Transport::tls : question_.transport.value_or(sip::Transport::udp);
        return ask_host_itself(transport, default_port(transport));
    }
    finish(false);
}

void DnsLocator::Lookup::arm(Clock::time_point at) {
    timer_.expires_at(at);
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (!alive.expired() && !error) finish(true);
    });
}

std::vector<DnsTarget> DnsLocator::Lookup::targets() const {
    std::vector<DnsTarget> all;
    for (const Service& service : services_) {
        for (const Candidate& candidate : service.candidates) {
            const SrvRecord& record = candidate.record;
            for (const auto* family : {&candidate.v4, &candidate.v6}) {
                for (const auto& address : *family)
                    all.push_back({candidate.transport, address, record.port, record.priority, record.weight,
                                   record.target});
            }
        }
    }
    return all;
}

void DnsLocator::Lookup::finish(bool deadline_passed) {
    if (!finished_) return;
    DnsAnswer answer;
    answer.targets = targets();
    if (!answer.targets.empty()) {
        answer.outcome = DnsOutcome::found;
    } else if (failed_) {
        answer.outcome = DnsOutcome::failed;
    } else {
        answer.outcome = deadline_passed ? DnsOutcome::timeout : DnsOutcome::missing;
    }
    const auto now = Clock::now();
    for (const Asked& asked : asked_) {
        if (asked.ticket)
            trace_[asked.step].elapsed =
                std::chrono::duration_cast<std::chrono::milliseconds>(now - asked.at);
    }
    answer.trace = std::move(trace_);
    timer_.cancel();
    std::exchange(finished_, nullptr)(std::move(answer));  // may not destroy this: see DnsLocator::retire()
}

}  // namespace node
