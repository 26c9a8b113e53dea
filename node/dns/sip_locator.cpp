// node/dns/sip_locator.cpp - what needs no DNS, what is never asked, and who holds the lookups.
#include "node/dns/sip_locator.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "node/dns/sip_lookup.hpp"

namespace node {
namespace {

constexpr std::size_t max_lookups = 1000;

std::string canonical(std::string host) {
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    if (host.ends_with('.')) host.pop_back();
    return host;
}

DnsAnswer literal(const DnsQuestion& question, const asio::ip::address& address) {
    const auto transport = transport_of(question).value_or(fallback_transport(question, {}));
    const auto port = question.port.value_or(default_port(transport));
    DnsTarget target;
    target.transport = transport;
    target.address = address;
    target.port = port;
    target.host = question.host;
    return {DnsOutcome::found, DnsStatus::found, {target}, {{{}, "an address, nothing to ask"}}};
}

DnsAnswer unasked(DnsOutcome outcome, DnsStatus cause, std::string why) {
    return {outcome, cause, {}, {{{}, std::move(why)}}};
}

}  // namespace

std::string_view name(DnsOutcome outcome) noexcept {
    switch (outcome) {
        case DnsOutcome::found: return "found";
        case DnsOutcome::missing: return "missing";
        case DnsOutcome::failed: return "failed";
        case DnsOutcome::timeout: return "timeout";
    }
    return "";
}

DnsLocator::DnsLocator(asio::io_context& loop, DnsService& service, DnsLocatorConfig config, Dice dice)
    : loop_(loop), service_(service), config_(std::move(config)), dice_(std::move(dice)) {}

DnsLocator::~DnsLocator() = default;

DnsLocator::Ticket DnsLocator::locate(const DnsQuestion& asked, Done done) {
    const Ticket ticket = ++last_ticket_;
    DnsQuestion question = asked;
    question.host = canonical(std::move(question.host));
    const auto later = [&](DnsAnswer answer) {
        // An empty place in lookups_, so that cancel() works on it too.
        lookups_[ticket] = nullptr;
        asio::post(loop_, [this, alive = std::weak_ptr(alive_), ticket, answer = std::move(answer), done] {
            if (!alive.expired() && lookups_.erase(ticket) > 0) done(answer);
        });
        return ticket;
    };
    std::error_code no_literal;
    const auto address = asio::ip::make_address(question.host, no_literal);
    if (!no_literal) return later(literal(question, address));
    if (const auto why = why_never_asked(question.host))
        return later(unasked(DnsOutcome::missing, DnsStatus::nodata, std::string(*why)));
    if (lookups_.size() >= max_lookups)
        return later(unasked(DnsOutcome::failed, DnsStatus::error, "too many lookups under way"));
    auto lookup = std::make_shared<Lookup>(loop_, config_, dice_, std::move(question), service_,
                                           [this, ticket, done = std::move(done)](DnsAnswer answer) {
                                               retire(ticket);
                                               done(std::move(answer));
                                           });
    lookups_.emplace(ticket, lookup);
    lookup->start();
    return ticket;
}

/// A lookup ends inside its own callback: it is freed next turn.
void DnsLocator::retire(Ticket ticket) {
    auto node = lookups_.extract(ticket);
    asio::post(loop_, [ended = std::move(node.mapped())]() mutable { ended.reset(); });
}

void DnsLocator::cancel(Ticket ticket) {
    const auto found = lookups_.find(ticket);
    if (found == lookups_.end()) return;
    if (found->second) found->second->abandon();
    retire(ticket);
}

}  // namespace node
