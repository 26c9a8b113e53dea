// node/daemon/ping_report.cpp - from ways and answers to sentences.
#include "node/daemon/ping_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "node/addresses.hpp"
#include "sip/relay_token.hpp"
#include "sip/syntax/name_addr.hpp"

namespace node {
namespace {

std::string_view name(PingWay::Kind kind) {
    switch (kind) {
        case PingWay::Kind::phone: return "phone";
        case PingWay::Kind::beside: return "beside";
        case PingWay::Kind::direct: return "direct";
        case PingWay::Kind::through: return "through";
    }
    return "";
}

bool is_local(const Trace& trace) {
    return std::any_of(trace.steps.begin(), trace.steps.end(), [](const StepAnswer& step) {
        return step.step == "local" && step.verdict == Verdict::found;
    });
}

/// As a person would say it: "bob", not "sip:bob".
std::string spoken(const std::string& uri) {
    return uri.starts_with("sip:") ? uri.substr(4) : uri;
}

std::string place(const PingWay& way) {
    return to_text({to_overlay(way.hop.transport), way.hop.endpoint.address, way.hop.endpoint.port});
}

std::string ms(std::chrono::milliseconds took) {
    return took.count() == 0 ? "within a millisecond" : fmt::format("in {} ms", took.count());
}

std::string answer_sentence(const std::string& who, const PingedWay& pinged) {
    const auto at = sip::to_string(pinged.way.hop.endpoint);
    const auto took = ms(pinged.took);
    const bool proven = pinged.way.hop.peer.key_hash.has_value();
    switch (pinged.way.kind) {
        case PingWay::Kind::phone:
            return fmt::format("{} is a user of this node, and the phone at {} answers {}.", who, at, took);
        case PingWay::Kind::beside:
            return fmt::format(
                "{}'s node answers on your own network, at {}, {}; it has the key of the record.", who, at,
                took);
        case PingWay::Kind::through:
            if (pinged.way.hop.endpoint.address.is_loopback())
                return fmt::format(
                    "{}'s node answers over the connection that it keeps to this one, {}; it has the key of "
                    "the record.",
                    who, took);
            return fmt::format(
                "{}'s node answers through the node at {}, {}; it has the key of the record, and the node "
                "between "
                "reads nothing.",
                who, at, took);
        case PingWay::Kind::direct: break;
    }
    if (proven)
        return fmt::format("{}'s node answers over TLS, at {}, {}; it has the key of the record.", who, at,
                           took);
    return fmt::format("A node answers for {} over {} in clear, at {}, {}.", who,
                       sip::name(pinged.way.hop.transport), at, took);
}

/// "to the other node over TLS, at 192.0.2.1:5061"
std::string course(const PingWay& way, bool straight_over_ipv6) {
    const auto at = sip::to_string(way.hop.endpoint);
    switch (way.kind) {
        case PingWay::Kind::phone: return "to the phone at " + at;
        case PingWay::Kind::beside: return "to the other node on your own network, at " + at;
        case PingWay::Kind::direct:
            return way.hop.peer.key_hash
                       ? "to the other node over TLS, at " + at
                       : fmt::format("to {} over {}, in clear", at, sip::name(way.hop.transport));
        case PingWay::Kind::through: break;
    }
    const std::string why = straight_over_ipv6 ? "it can be called over IPv6 alone, which this node has not"
                                               : "nobody can call it itself";
    // Where this node is the relay (RelayedHere).
    if (way.hop.endpoint.address.is_loopback())
        return "over the connection that the other node keeps to this one: " + why;
    return fmt::format("through the node at {}, which passes it on to the other node and reads nothing: {}",
                       at, why);
}

std::string without_ipv6(const std::string& who) {
    return fmt::format(
        "{0}'s node can be called over IPv6 alone, which this node has not. Have IPv6 from your provider, or "
        "let {0} take the invite of a friend whose node can be reached over IPv4: it then passes calls on.",
        who);
}

std::string why_not_found(const Trace& trace) {
    std::string sentence = trace.answer.warning;
    for (const auto& step : trace.steps) {
        if (step.verdict != Verdict::found && !step.sentence.empty()) sentence = step.sentence;
    }
    while (!sentence.empty() && sentence.back() == '.')
        sentence.pop_back();
    return sentence.empty() ? fmt::format("{} {}", trace.answer.status, trace.answer.reason) : sentence;
}

std::string silence_sentence(const std::string& who, const std::vector<PingedWay>& pinged, bool local) {
    std::string tried;
    for (const auto& each : pinged)
        tried += (tried.empty() ? "" : "; ") + place(each.way) + ": " + each.why;
    if (local)
        return fmt::format(
            "{} is a user of this node, and no phone of that user answers ({}). Is it switched on?", who,
            tried);
    return fmt::format(
        "{}'s node does not answer ({}). Is it running? `hedgewitch status` there says whether others can "
        "reach "
        "it.",
        who, tried);
}

}  // namespace

std::vector<PingWay> ways_of(const Trace& trace, const IsBeside& is_beside) {
    std::vector<PingWay> ways;
    if (trace.answer.status != 302) return ways;
    const bool local = is_local(trace);
    for (const auto& contact : trace.answer.contacts) {
        const auto hop = contact.hop ? contact.hop : sip::next_hop(contact.uri);
        if (!hop) continue;
        const bool pinned = hop->peer.key_hash.has_value();
        if (trace.answer.gives_tls && !pinned) continue;
        PingWay way;
        way.hop = *hop;
        const bool relayed = !hop->peer.through.empty();
        way.uri = local     ? std::string(sip::uri_in(contact.uri))
                  : relayed ? "sip:" + std::string(sip::relayed_host)
                            : "sip:" + sip::to_string(hop->endpoint);
        way.kind = local                                ? PingWay::Kind::phone
                   : relayed                            ? PingWay::Kind::through
                   : pinned && is_beside(hop->endpoint) ? PingWay::Kind::beside
                                                        : PingWay::Kind::direct;
        ways.push_back(std::move(way));
    }
    return ways;
}

const PingWay* first_way(const std::vector<PingWay>& ways, const Speaks& speaks) {
    const auto found = std::find_if(ways.begin(), ways.end(),
                                    [&](const PingWay& way) { return speaks(way.hop.endpoint.address); });
    return found == ways.end() ? nullptr : &*found;
}

std::string way_sentence(const Trace& trace, const std::vector<PingWay>& ways, const Speaks& speaks) {
    if (ways.empty() || is_local(trace)) return {};
    const PingWay* first = first_way(ways, speaks);
    if (first == nullptr) return without_ipv6(spoken(trace.uri));
    const auto left = ways.end() - (ways.begin() + (first - ways.data())) - 1;
    const bool skipped =
        std::any_of(ways.data(), first, [](const PingWay& way) { return way.kind == PingWay::Kind::direct; });
    return fmt::format("A call to {} goes {}{}.", trace.uri, course(*first, skipped),
                       left == 0   ? ""
                       : left == 1 ? "; there is one more way to try after it"
                                   : fmt::format("; there are {} more ways to try after it", left));
}

PingReport ping_report(const Trace& trace, const std::vector<PingedWay>& pinged, const MediaHome& home) {
    PingReport report;
    report.uri = trace.uri;
    report.status = trace.answer.status;
    for (const auto& each : pinged)
        report.ways.push_back({std::string(name(each.way.kind)), place(each.way), each.answered, each.status,
                               each.took.count(), each.why});
    const std::string who = spoken(trace.uri);
    const auto answered =
        std::find_if(pinged.begin(), pinged.end(), [](const auto& way) { return way.answered; });
    report.media = name(MediaOutlook::Verdict::unknown);
    if (pinged.empty()) {
        report.says = fmt::format("{} cannot be found: {}. `hedgewitch explain {}` tells all that was asked.",
                                  who, why_not_found(trace), who);
    } else if (answered == pinged.end()) {
        const bool all_over_ipv6 = std::all_of(pinged.begin(), pinged.end(), [](const PingedWay& each) {
            return each.way.hop.endpoint.address.is_v6();
        });
        report.says =
            all_over_ipv6 && !home.ipv6 ? without_ipv6(who) : silence_sentence(who, pinged, is_local(trace));
    } else {
        report.answers = true;
        report.says = answer_sentence(who, *answered);
        const auto outlook = media_outlook(answered->way.kind, home, answered->sound);
        report.media = name(outlook.verdict);
        report.media_says = outlook.says;
    }
    return report;
}

}  // namespace node
