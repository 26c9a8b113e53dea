// node/dns/sip_locator.cpp - what needs no DNS, and what is never asked.
#include "node/dns/sip_locator.hpp"

#include <algorithm>
#include <utility>

#include "node/dns/dnssec_resolver.hpp"
#include "node/dns/sip_lookup.hpp"

namespace node {
namespace {

std::string canonical_host(std::string host) {
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
    if (host.ends_with('.')) host.pop_back();
    return host;
}

DnsAnswer literal(const DnsQuestion& question, const asio::ip::address& address) {
    const auto transport = transport_of(question.dialled).value_or(fallback_transport(question.dialled, {}));
    const auto port = question.dialled.port.value_or(default_port(transport));
    DnsTarget target;
    target.transport = transport;
    target.address = address;
    target.port = port;
    target.host = question.dialled.host;
    return {DnsOutcome::found, DnsStatus::found, {target}, {}, {{{}, "an address, nothing to ask"}}};
}

DnsAnswer unasked(DnsOutcome outcome, DnsStatus cause, const std::string& why) {
    return {outcome, cause, {}, why, {{{}, why}}};
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

DnsQuestion canonical(DnsQuestion question) {
    question.dialled.host = canonical_host(std::move(question.dialled.host));
    return question;
}

std::optional<DnsAnswer> answer_without_dns(const DnsQuestion& question) {
    std::error_code no_literal;
    const auto address = asio::ip::make_address(question.dialled.host, no_literal);
    if (!no_literal) return literal(question, address);
    if (const auto why = why_never_asked(question.dialled.host))
        return unasked(DnsOutcome::missing, DnsStatus::nodata, std::string(*why));
    return std::nullopt;
}

DnsAnswer turned_away() {
    return unasked(DnsOutcome::failed, DnsStatus::error, "too many lookups under way");
}

}  // namespace node
