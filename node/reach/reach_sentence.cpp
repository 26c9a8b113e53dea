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

/// Told to others, but nobody was found who could try.
bool is_unchecked(const OwnAddress& own) {
    return own.how == How::own && own.standing == Standing::published && !own.says.empty();
}

std::vector<OwnAddress> select(const std::vector<OwnAddress>& all, How how, Standing standing) {
    std::vector<OwnAddress> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some),
                 [&](const auto& a) { return a.how == how && a.standing == standing && !is_unchecked(a); });
    return some;
}

/// "UDP and TCP port 5060"
std::string text_of(const std::set<InnerPort>& ports) {
    std::map<std::uint16_t, std::set<std::string>> by_port;
    for (const auto& port : ports)
        by_port[port.port].insert(port.tcp ? "TCP" : "UDP");
    std::vector<std::string> parts;
    parts.reserve(by_port.size());
    for (const auto& [port, kinds] : by_port)
        parts.push_back(joined({kinds.rbegin(), kinds.rend()}) + " port " + std::to_string(port));
    return joined(parts);
}

/// SIP's; the DHT's need not be open, and doors come and go.
std::string ports_of(const Reachability& reach) {
    std::set<InnerPort> ports;
    for (const auto& port : reach.mapping().ports()) {
        if (!reach.is_door(port) && (port.tcp || !reach.dht_ports().contains(port.port))) ports.insert(port);
    }
    return text_of(ports.empty() ? reach.mapping().ports() : ports);
}

std::string ports_at(const asio::ip::address& address, const std::vector<OwnAddress>& all) {
    std::set<InnerPort> ports;
    for (const auto& each : all) {
        if (each.address.address == address)
            ports.insert({each.address.transport != overlay::Transport::udp, each.address.port});
    }
    return text_of(ports);
}

/// Where others have tried the address outside, and did not get in.
std::set<std::string> tried_in_vain(const std::vector<OwnAddress>& all) {
    std::set<std::string> addresses;
    for (const auto& each : all) {
        if (each.how == How::seen && each.standing == Standing::refused)
            addresses.insert(each.address.address.to_string());
    }
    return addresses;
}

/// What came of looking whether a port is forwarded already; empty, or a sentence and a space.
std::string what_was_tried(const Reachability& reach, const std::vector<OwnAddress>& all) {
    if (const auto in_vain = tried_in_vain(all); !in_vain.empty())
        return "Another node has tried " + joined({in_vain.begin(), in_vain.end()}) + " and did not get in. ";
    const overlay::CallBackAnswer* search = nullptr;
    for (const auto& each : all) {
        const auto* found = each.how == How::seen ? reach.nobody_for(each.address) : nullptr;
        if (found != nullptr && (search == nullptr || found->asked > search->asked)) search = found;
    }
    if (search == nullptr) return {};
    constexpr std::string_view none =
        "No other node was found yet that could try whether they are forwarded already";
    return search->asked == 0 ? fmt::format("{}. ", none)
                              : fmt::format("{} ({} asked). ", none, search->asked);
}

/// A router that says nothing does not say either whether its own address is one that others reach.
std::string forward_by_hand(const Reachability& reach, const Gateway& gateway,
                            const std::vector<OwnAddress>& all) {
    return fmt::format(
        "{}Forward {} on it to this machine ({}): the node then finds out by itself.{}",
        what_was_tried(reach, all), ports_of(reach), gateway.own.to_string(),
        tried_in_vain(all).empty()
            ? ""
            : " If that changes nothing, your provider has several customers behind that address "
              "(CGNAT): ask for one of your own, or for IPv6.");
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

/// "answers neither PCP nor NAT-PMP nor UPnP"
std::string silence(const PortMapper& mapping) {
    std::string asked, off;
    unsigned count = 0;
    for (const auto protocol : {GatewayProtocol::pcp, GatewayProtocol::nat_pmp, GatewayProtocol::upnp}) {
        auto& list = mapping.state(protocol) == State::off ? off : asked;
        if (&list == &asked) ++count;
        list += (list.empty() ? "" : &list == &off ? " and " : " nor ") + std::string(name(protocol));
    }
    std::string text = (count > 1 ? "answers neither " : "does not answer ") + asked;
    if (const auto& others = mapping.fault(GatewayProtocol::upnp); !others.empty()) text += "; " + others;
    // PCP is asked where NAT-PMP is: one switch less to tell of.
    if (mapping.state(GatewayProtocol::nat_pmp) == State::off) text += " (and reach.nat_pmp is off)";
    if (mapping.state(GatewayProtocol::upnp) == State::off) text += " (and reach.upnp is off)";
    return text;
}

std::string with_gateway(const Reachability& reach, const Gateway& gateway,
                         const std::vector<OwnAddress>& all) {
    const auto& mapping = reach.mapping();
    const State nat_pmp = mapping.state(GatewayProtocol::nat_pmp),
                upnp = mapping.state(GatewayProtocol::upnp), pcp = mapping.state(GatewayProtocol::pcp);
    const std::string router = "your router at " + gateway.address.to_string();
    if (is_carriers(gateway.own.to_v4())) {
        return fmt::format(
            "Others cannot reach you: your provider gives this machine only the shared address {} "
            "(CGNAT), which no forwarded port gets past. Ask the provider for a public IPv4 address or "
            "for IPv6.",
            gateway.own.to_string());
    }
    if (nat_pmp == State::off && upnp == State::off && pcp == State::off) {
        return "Others cannot reach you: you are behind " + router +
               ", and reach.nat_pmp and reach.upnp are off. " + forward_by_hand(reach, gateway, all);
    }
    const bool still_asking = pcp == State::unasked || (nat_pmp == State::unasked && pcp != State::speaks) ||
                              (upnp == State::unasked && nat_pmp != State::speaks && pcp != State::speaks);
    if (still_asking)
        return "Whether others can reach you is not known yet: " + router + " is being asked for open ports.";
    for (const auto protocol : {GatewayProtocol::pcp, GatewayProtocol::nat_pmp, GatewayProtocol::upnp}) {
        if (mapping.state(protocol) != State::refuses) continue;
        return fmt::format("Others cannot reach you: {} was asked for open ports, but {}. {}", router,
                           mapping.fault(protocol), forward_by_hand(reach, gateway, all));
    }
    return fmt::format("Others cannot reach you: {} {}. {}", router, silence(mapping),
                       forward_by_hand(reach, gateway, all));
}

/// Why the router's IPv6 firewall was not opened; empty, or more of a sentence.
std::string what_firewall_says(const Reachability& reach) {
    const auto& holes = reach.pinholes();
    if (holes.granted_by()) return {};
    for (const auto protocol : {GatewayProtocol::pcp, GatewayProtocol::upnp}) {
        if (holes.state(protocol) == State::refuses)
            return "; your router was asked to let calls in, but " + holes.fault(protocol);
    }
    return {};
}

/// Addresses of this machine, which nothing translates.
std::string own_only(const Reachability& reach, const OwnAddress& own, const std::vector<OwnAddress>& all) {
    const std::string at = to_text(own.address);
    const std::string firewall = own.address.address.is_v6() ? what_firewall_says(reach) : std::string();
    if (is_unchecked(own)) {
        return fmt::format(
            "Others are told to call you at {}, but whether calls get in there is not known yet: no other "
            "node was found that could try{}.",
            at, firewall);
    }
    if (own.standing == Standing::waiting) {
        const auto* search = reach.nobody_for(own.address);
        const bool nobody = search != nullptr;
        return fmt::format(
            "Whether others can reach you is not known yet: this machine has the address {}, but {}{}{}.", at,
            own.says, nobody ? ", and none was found that would" : "", firewall);
    }
    const bool tried = reach.failures_of(own.address) > 0;
    std::string text =
        fmt::format("Others cannot reach you: {} is this machine's, but {}{}.", at, own.says, firewall);
    if (tried) {
        text += fmt::format(" Let {} to {} in at the firewall of {}.", ports_at(own.address.address, all),
                            own.address.address.to_string(),
                            own.address.address.is_v6() ? "your router" : "this machine or its provider");
    }
    return text;
}

/// Beside what is said of IPv4; empty, or a space and a sentence.
std::string over_ipv6(const Reachability& reach, const std::vector<OwnAddress>& all) {
    for (const auto& each : all) {
        if (each.how != How::own || !each.address.address.is_v6()) continue;
        const std::string at = each.address.address.to_string();
        if (is_unchecked(each))
            return " Others are told your IPv6 address " + at +
                   ", but whether calls get in there is not known yet" + what_firewall_says(reach) + ".";
        if (each.standing == Standing::waiting)
            return " You have the IPv6 address " + at + ": whether calls get in there is not known yet" +
                   what_firewall_says(reach) + ".";
        if (each.standing == Standing::refused)
            return " You have the IPv6 address " + at + ", but " + each.says + what_firewall_says(reach) +
                   ". Let " + ports_at(each.address.address, all) + " in to it at your router's firewall.";
    }
    return {};
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

/// What sip.advertise says, names of which DNS knows or does not know.
std::string as_configured(const Reachability& reach, const std::vector<OwnAddress>& all) {
    const auto faults = reach.hosts().faults();
    const auto refused = std::ranges::find(all, Standing::refused, &OwnAddress::standing);
    const auto published = select(all, How::configured, Standing::published);
    if (published.empty()) {
        if (refused != all.end()) {
            return fmt::format(
                "Others cannot reach you: a name of sip.advertise leads to {}, which nobody outside can "
                "call ({}). Let it lead to your address outside.",
                to_text(refused->address), refused->says);
        }
        return fmt::format(
            "Others cannot reach you: of sip.advertise nothing leads anywhere: {}. Mend the name, or take "
            "sip.advertise out: the node then finds out by itself.",
            joined(faults));
    }
    std::string text = "Others are told to call you at " + list(published) +
                       ", as sip.advertise says; whether these let them in is not checked.";
    if (!faults.empty()) text += " Nowhere leads " + joined(faults) + ".";
    for (const auto& host : reach.hosts().addresses()) {
        const auto elsewhere = reach.seen_elsewhere(host.address);
        if (elsewhere.empty()) continue;
        text += " But " + elsewhere + ": is the name of " + host.address.to_string() + " up to date?";
        break;
    }
    return text;
}

/// REQUIRES: there is a router.
std::string behind_router(const Reachability& reach, const std::vector<OwnAddress>& all) {
    const auto& gateway = *reach.mapping().gateway();
    const auto mapped = std::ranges::find(all, How::mapped, &OwnAddress::how);
    return mapped != all.end() ? granted_in_vain(reach, gateway, *mapped) : with_gateway(reach, gateway, all);
}

/// The same, where others come in over IPv6.
std::string without_ipv6(const std::string& says) {
    constexpr std::string_view cannot = "Others cannot reach you: ";
    if (!says.starts_with(cannot)) return " Over IPv4: " + says;
    return " Callers without IPv6 cannot: " + says.substr(cannot.size());
}

std::string reached(const Reachability& reach, const std::vector<OwnAddress>& all) {
    std::vector<std::string> parts;
    const auto part = [&](How how, const std::string& because) {
        const auto some = select(all, how, Standing::published);
        if (!some.empty()) parts.push_back("at " + list(some) + " (" + because + ")");
    };
    part(How::own, reach.pinholes().granted_by() ? "this machine's own; the router lets calls in"
                                                 : "this machine's own");
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
    if (reach.is_configured()) return as_configured(reach, all);
    std::string good = reached(reach, all);
    if (!good.empty()) {
        const bool only_v6 = std::none_of(all.begin(), all.end(), [](const OwnAddress& a) {
            return a.standing == Standing::published && a.address.address.is_v4();
        });
        if (!only_v6 || !reach.mapping().gateway()) return good;
        return good + without_ipv6(behind_router(reach, all));
    }
    if (reach.mapping().gateway() && !reach.mapping().ports().empty())
        return behind_router(reach, all) + over_ipv6(reach, all);
    const auto own = std::ranges::find_if(all, [](const OwnAddress& each) { return !each.says.empty(); });
    return own != all.end() ? own_only(reach, *own, all) : no_gateway(reach);
}

}  // namespace node
