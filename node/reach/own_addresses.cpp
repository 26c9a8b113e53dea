// node/reach/own_addresses.cpp - which addresses are ours, and which of them others can use.
#include "node/reach/own_addresses.hpp"

#include <algorithm>

#include "sip/proxy/record_route.hpp"

namespace node {
namespace {

constexpr std::size_t max_addresses = 6;  // of one edge, overlay/inner_record.hpp

}  // namespace

std::vector<overlay::TransportAddress> listening_addresses(
    const std::vector<overlay::TransportAddress>& bound, const std::vector<asio::ip::address>& interfaces) {
    std::vector<overlay::TransportAddress> all;
    for (const auto& listen : bound) {
        if (!listen.address.is_unspecified()) {
            all.push_back(listen);
            continue;
        }
        for (const auto& address : interfaces) {
            if (address.is_v4() == listen.address.is_v4())
                all.push_back({listen.transport, address, listen.port});
        }
    }
    return all;
}

std::vector<overlay::TransportAddress> publishable_addresses(
    const std::vector<overlay::TransportAddress>& configured,
    const std::vector<overlay::TransportAddress>& listening, const AddressJudge& judge) {
    std::vector<overlay::TransportAddress> chosen = configured;
    if (chosen.empty()) {
        std::copy_if(listening.begin(), listening.end(), std::back_inserter(chosen),
                     [&](const overlay::TransportAddress& address) {
                         const bool web = address.transport == overlay::Transport::ws ||
                                          address.transport == overlay::Transport::wss;
                         return !web && judge(address).empty();
                     });
        // Most phones speak UDP, and IPv4: what nearly every caller can use stands first.
        std::stable_sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) {
            if (a.address.is_v4() != b.address.is_v4()) return a.address.is_v4();
            return a.transport < b.transport;
        });
    }
    if (chosen.size() > max_addresses) chosen.resize(max_addresses);
    return chosen;
}

bool OwnAddresses::set(std::vector<overlay::TransportAddress> ours,
                       std::vector<overlay::TransportAddress> advertised) {
    ours_ = std::move(ours);
    const bool news = advertised != advertised_;
    advertised_ = std::move(advertised);
    return news;
}

bool OwnAddresses::leads_here(const asio::ip::address& address, std::optional<std::uint16_t> port) const {
    return std::any_of(ours_.begin(), ours_.end(), [&](const overlay::TransportAddress& own) {
        return own.address == address && (!port || own.port == *port);
    });
}

bool OwnAddresses::shares_router(const asio::ip::address& address) const {
    return leads_here(address, std::nullopt) || std::find(seen_.begin(), seen_.end(), address) != seen_.end();
}

bool OwnAddresses::has_ipv6() const {
    return std::any_of(ours_.begin(), ours_.end(), [](const overlay::TransportAddress& own) {
        return own.address.is_v6() && overlay::is_global(own.address);
    });
}

bool OwnAddresses::is_ours(const asio::ip::address& address) const {
    const auto plain = overlay::unwrapped(address);
    return leads_here(plain, std::nullopt) ||
           std::any_of(mesh_.begin(), mesh_.end(),
                       [&](const overlay::Prefix& prefix) { return prefix.contains(plain); });
}

std::string OwnAddresses::why_not(const overlay::TransportAddress& address) const {
    return std::string(overlay::reason(overlay::judge_contact(address, mesh_, ours_)));
}

std::string OwnAddresses::why_not_of_dns(const overlay::TransportAddress& address, bool own_network) const {
    const auto verdict = overlay::judge_contact(address, mesh_, ours_);
    std::string why(overlay::reason(verdict));
    if (verdict == overlay::ContactVerdict::own_address)
        return why + ", which does not answer for the domain (sip.domains)";
    if (verdict == overlay::ContactVerdict::private_network)
        return own_network ? std::string() : why + ", and the domain is not in dns.unsigned";
    return why;
}

sip::Endpoint OwnAddresses::seen_from(const sip::Flow& flow) const {
    const bool inside = sip::network_kind(flow.local.address) != sip::NetworkKind::open;
    if (inside && sip::network_kind(flow.remote.address) == sip::NetworkKind::open) {
        for (const auto& address : advertised_) {
            if (address.transport == to_overlay(flow.transport) &&
                address.address.is_v4() == flow.remote.address.is_v4())
                return {address.address, address.port};
        }
    }
    return flow.local;
}

}  // namespace node
