// node/reach/reach_sentence.cpp - the engine's findings in words.
#include "node/reach/reach_sentence.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "node/addresses.hpp"

namespace node {
namespace {

using How = OwnAddress::How;
using Standing = OwnAddress::Standing;
using State = PortMapper::State;

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i)
        text += (i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ") + parts[i];
    return text;
}

std::string list(const std::vector<OwnAddress>& all) {
    std::vector<std::string> texts;
    texts.reserve(all.size());
    for (const auto& each : all)
        texts.push_back(to_text(each.address));
    return joined(texts);
}

std::vector<OwnAddress> select(const std::vector<OwnAddress>& all, How how, Standing standing) {
    std::vector<OwnAddress> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some),
                 [&](const auto& a) { return a.how == how && a.standing == standing; });
    return some;
}

/// "UDP and TCP port 5060"
std::string ports_of(const Reachability& reach) {
    std::map<std::uint16_t, std::set<std::string>> by_port;
    for (const auto& port : reach.mapping().ports()) {
        if (!reach.is_door(port)) by_port[port.port].insert(port.tcp ? "TCP" : "UDP");
    }
    // The DHT's port need not be open; only SIP's are named.
    std::vector<std::string> parts;
    for (const auto& [port, kinds] : by_port) {
        const bool dht = reach.dht_ports().contains(port) && by_port.size() > 1;
        if (!dht) parts.push_back(joined({kinds.rbegin(), kinds.rend()}) + " port " + std::to_string(port));
    }
    return joined(parts);
}

std::string forward_by_hand(const Reachability& reach, const Gateway& gateway) {
    return fmt::format("Forward {} to this machine ({}), or set sip.advertise.", ports_of(reach),
                       gateway.own.to_string());
}

std::string no_gateway(const Reachability& reach) {
    const bool any_address = std::any_of(reach.network().addresses.begin(), reach.network().addresses.end(),
                                         [](const InterfaceAddress& a) { return !a.address.is_loopback(); });
    if (!any_address) return "Others cannot reach you: this machine is in no network.";
    return "Others cannot reach you: this machine listens at private addresses only, and on no network with "
           "a "
           "router that could help. In a mesh, set mesh.prefixes to its network; else set sip.advertise, and "
           "sip.listen to an address that others can reach.";
}

std::string with_gateway(const Reachability& reach, const Gateway& gateway) {
    const auto& mapping = reach.mapping();
    const State nat_pmp = mapping.state(GatewayProtocol::nat_pmp),
                upnp = mapping.state(GatewayProtocol::upnp);
    const std::string router = "your router at " + gateway.address.to_string();
    if (nat_pmp == State::off && upnp == State::off) {
        return "Others cannot reach you: you are behind " + router +
               ", and reach.nat_pmp and reach.upnp are off. " + forward_by_hand(reach, gateway);
    }
    const bool still_asking =
        nat_pmp == State::unasked || (upnp == State::unasked && nat_pmp != State::speaks);
    if (still_asking)
        return "Whether others can reach you is not known yet: " + router + " is being asked for open ports.";
    for (const auto protocol : {GatewayProtocol::nat_pmp, GatewayProtocol::upnp}) {
        if (mapping.state(protocol) != State::refuses) continue;
        return fmt::format("Others cannot reach you: {} was asked for open ports, but {}. {}", router,
                           mapping.fault(protocol), forward_by_hand(reach, gateway));
    }
    std::string silent = "answers neither NAT-PMP nor UPnP";
    if (nat_pmp == State::off) silent = "does not answer UPnP (and reach.nat_pmp is off)";
    if (upnp == State::off) silent = "does not answer NAT-PMP (and reach.upnp is off)";
    if (const auto& others = mapping.fault(GatewayProtocol::upnp); upnp == State::silent && !others.empty())
        silent += "; " + others;
    return fmt::format("Others cannot reach you: {} {}. {}", router, silent, forward_by_hand(reach, gateway));
}

/// The router has granted, and yet there is nothing to publish.
std::string granted_in_vain(const Reachability& reach, const Gateway& gateway, const OwnAddress& mapped) {
    const std::string router = "your router at " + gateway.address.to_string();
    const std::string at = to_text(mapped.address);
    if (mapped.standing == Standing::waiting) {
        return fmt::format("Whether others can reach you is not known yet: {} forwards {} to here, but {}.",
                           router, at, mapped.says);
    }
    const auto outer = mapped.address.address.to_v4();
    if (is_carriers(outer)) {
        return fmt::format(
            "Others cannot reach you: {} has only the shared address {} from your provider (CGNAT), which no "
            "forwarded port gets past. Ask the provider for a public IPv4 address or for IPv6.",
            router, outer.to_string());
    }
    if (is_translated(outer)) {
        return fmt::format(
            "Others cannot reach you: {} has itself only the private address {}, behind a second router. "
            "Forward {} to {} on that one too, or make it a bridge.",
            router, outer.to_string(), ports_of(reach), outer.to_string());
    }
    return fmt::format("Others cannot reach you: {} forwards {} to here, but {}.", router, at, mapped.says);
}

std::string reached(const Reachability& reach, const std::vector<OwnAddress>& all) {
    std::vector<std::string> parts;
    const auto part = [&](How how, const std::string& because) {
        const auto some = select(all, how, Standing::published);
        if (!some.empty()) parts.push_back("at " + list(some) + " (" + because + ")");
    };
    part(How::own, "this machine's own");
    if (const auto by = reach.mapping().granted_by(); by && reach.mapping().gateway()) {
        part(How::mapped, fmt::format("through your router {}, by {}",
                                      reach.mapping().gateway()->address.to_string(), name(*by)));
    }
    part(How::seen, "through a forwarded port; another node has called back there");
    std::string text = parts.empty() ? "" : "Others can reach you " + joined(parts) + ".";
    if (const auto mesh = select(all, How::mesh, Standing::published); !mesh.empty()) {
        text += text.empty()
                    ? "People in your mesh can reach you at " + list(mesh) + "; nobody outside of it can."
                    : " In your mesh also at " + list(mesh) + ".";
    }
    return text;
}

}  // namespace

std::string reach_sentence(const Reachability& reach) {
    const auto all = reach.addresses();
    const auto configured = select(all, How::configured, Standing::published);
    if (!configured.empty())
        return "Others are told to call you at " + list(configured) +
               ", as sip.advertise says; whether these let them in is not checked.";
    std::string good = reached(reach, all);
    if (!good.empty()) {
        const bool only_v6 = std::none_of(all.begin(), all.end(), [](const OwnAddress& a) {
            return a.standing == Standing::published && a.address.address.is_v4();
        });
        if (!only_v6 || !reach.mapping().gateway()) return good;
        return good + " Callers without IPv6 cannot: see \"reach\" in `hedgewitch status --json`.";
    }
    const auto& gateway = reach.mapping().gateway();
    if (gateway && !reach.mapping().ports().empty()) {
        const auto mapped =
            std::find_if(all.begin(), all.end(), [](const auto& a) { return a.how == How::mapped; });
        return mapped != all.end() ? granted_in_vain(reach, *gateway, *mapped)
                                   : with_gateway(reach, *gateway);
    }
    for (const auto& each : all) {
        if (!each.says.empty()) {
            return fmt::format("Others cannot reach you: {} is this machine's, but {}.",
                               to_text(each.address), each.says);
        }
    }
    return no_gateway(reach);
}

}  // namespace node
