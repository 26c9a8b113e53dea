// node/routing/dns_step.cpp - the locator's answer as a step of the chain.
#include "node/routing/dns_step.hpp"

#include <fmt/format.h>
#include <algorithm>

#include "node/addresses.hpp"
#include "node/dns/naptr.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

using sip::Transport;

bool is_web(Transport transport) {
    return transport == Transport::ws || transport == Transport::wss;
}

/// A phone in a browser speaks nothing but WebSocket, whatever the domain would rather have.
std::vector<DnsTarget> in_order_for(const sip::Flow& phone, std::vector<DnsTarget> targets) {
    if (is_web(phone.transport))
        std::stable_partition(targets.begin(), targets.end(),
                              [](const DnsTarget& target) { return is_web(target.transport); });
    return targets;
}

/// For TLS the Contact names the host: a phone compares the certificate with what stands there, and no
/// certificate names an address. RFC 7118: secure WebSocket is sips with transport=ws.
std::string contact_of(const StepQuestion& target, const DnsTarget& found) {
    asio::error_code no_address;
    (void)asio::ip::make_address(found.host, no_address);
    if (!is_secure(found.transport) || found.host.empty() || !no_address) {
        return contact_uri(target.dialled.user, {to_overlay(found.transport), found.address, found.port});
    }
    const bool web = found.transport == Transport::wss;
    std::string uri = target.dialled.sips || web ? "sips:" : "sip:";
    if (!target.dialled.user.empty()) uri += sip::escape_user(target.dialled.user) + "@";
    uri += found.host + ":" + std::to_string(found.port);
    if (web) return uri + ";transport=ws";
    return target.dialled.sips ? uri : uri + ";transport=tls";
}

/// What the domain's own server is asked for: RFC 3261 §16.6 leaves the Request-URI, DNS only says where to
/// send.
std::string asked_of(const StepQuestion& target) {
    const bool ascii = std::all_of(target.dialled.host.begin(), target.dialled.host.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!ascii) return {};  // RFC 3261 has no such hosts: its address, then
    const std::string user =
        target.dialled.user.empty() ? std::string() : sip::escape_user(target.dialled.user) + "@";
    const std::string port = target.dialled.port ? ":" + std::to_string(*target.dialled.port) : std::string();
    return (target.dialled.sips ? "sips:" : "sip:") + user + target.dialled.host + port;
}

void add_contacts(StepAnswer& step, const DnsAnswer& answer, const StepQuestion& target,
                  const AddressJudge& judge) {
    auto& contacts = step.answer.contacts;
    step.secure = true;
    for (const auto& found : in_order_for(target.flow, answer.targets)) {
        const overlay::TransportAddress address{to_overlay(found.transport), found.address, found.port};
        if (const std::string reason = judge(address); !reason.empty()) {
            step.refused_contacts.push_back(to_text(address) + ": " + reason);
            continue;
        }
        std::string uri = contact_of(target, found);
        const bool known = std::any_of(contacts.begin(), contacts.end(),
                                       [&uri](const auto& contact) { return contact.uri == uri; });
        if (!known && contacts.size() == max_contacts) continue;
        step.secure = step.secure && found.secure;
        // In RFC 3263's order, which q repeats for phones that read it.
        if (known) continue;
        sip::NextHop hop{found.transport, {found.address, found.port}};
        // RFC 5922 §7.3: the certificate must be for the domain that was called. Where SRV leads proves
        // nothing.
        if (is_secure(found.transport)) hop.peer.name = target.dialled.host;
        contacts.push_back(
            {std::move(uri), 1.0 - 0.1 * static_cast<double>(contacts.size()), asked_of(target), hop});
    }
    step.secure = step.secure && !contacts.empty();
}

std::string failure_text(const DnsAnswer& answer, const std::string& host) {
    if (!answer.why.empty() && answer.outcome == DnsOutcome::missing)
        return "DNS knows no SIP server for " + host + ": " + answer.why + ".";
    switch (answer.cause) {
        case DnsStatus::found: break;
        case DnsStatus::nxdomain: return "DNS knows no SIP server for " + host + ": it has no such name.";
        case DnsStatus::nodata: return "DNS knows no SIP server for " + host + ".";
        case DnsStatus::servfail: return "DNS failed for " + host + " (SERVFAIL).";
        case DnsStatus::refused: return "The DNS server refuses to answer for " + host + ".";
        case DnsStatus::unreachable: return "No DNS server can be reached to ask for " + host + ".";
        case DnsStatus::silent: return "DNS did not answer in time for " + host + ".";
        case DnsStatus::bogus:
            return "DNSSEC says that the DNS answer for " + host + " is forged: it is not used.";
        case DnsStatus::error: return "DNS failed for " + host + ".";
    }
    return "DNS failed for " + host + ".";
}

/// A Warning is no sentence of its own.
std::string as_warning(const std::string& sentence) {
    return sentence.substr(0, sentence.find_last_not_of('.') + 1);
}

}  // namespace

DnsQuestion dns_question_of(const StepQuestion& target) {
    DnsQuestion question{target.dialled};
    // The others are for a node that calls in its place.
    if (is_web(target.flow.transport))
        question.usable = {Transport::wss, Transport::ws, Transport::udp, Transport::tcp, Transport::tls};
    return question;
}

StepAnswer judge_dns_answer(const DnsAnswer& answer, const StepQuestion& target, const AddressJudge& judge) {
    StepAnswer step;
    step.step = "dns";
    step.answer.status = 480;
    for (const auto& asked : answer.trace) {
        step.dns.push_back({asked.question, asked.result,
                            asked.answered ? std::string(name(asked.security)) : std::string()});
        step.elapsed = std::max(step.elapsed, asked.elapsed);
    }
    if (answer.outcome != DnsOutcome::found) {
        step.verdict = answer.outcome == DnsOutcome::missing ? Verdict::missing : Verdict::failed;
        step.sentence = failure_text(answer, target.dialled.host);
        step.answer.warning = as_warning(step.sentence);
        return step;
    }
    add_contacts(step, answer, target, judge);
    if (!step.answer.contacts.empty()) {
        step.verdict = Verdict::found;
        step.answer.status = 302;
        step.sentence = fmt::format("DNS gives {} contact(s), {}.", step.answer.contacts.size(),
                                    step.secure ? "vouched for by DNSSEC" : "unauthenticated");
        return step;
    }
    step.verdict = Verdict::refused;
    step.sentence = "DNS leads " + target.dialled.host + " to no address that may be called from here: " +
                    (step.refused_contacts.empty() ? "none" : step.refused_contacts.front()) + ".";
    step.answer.warning = as_warning(step.sentence);
    return step;
}

StepAnswer unknown_transport(const StepQuestion& target) {
    StepAnswer step;
    step.step = "dns";
    step.answer.status = 480;
    step.sentence = "Nothing here speaks transport=" + *target.dialled.transport + ", so nothing was asked.";
    step.answer.warning = as_warning(step.sentence);
    return step;
}

}  // namespace node
