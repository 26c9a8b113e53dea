// node/reach/network_view.cpp - gateways and lasting addresses out of what the kernel tells.
#include "node/reach/network_view.hpp"

#include <algorithm>

#include "overlay/contact_filter.hpp"

namespace node {
namespace {

overlay::Prefix network_of(const InterfaceAddress& a) {
    return {a.address, a.prefix_length};
}

bool is_eui64(const asio::ip::address& address) {
    if (!address.is_v6()) return false;
    const auto bytes = address.to_v6().to_bytes();
    return bytes[11] == 0xff && bytes[12] == 0xfe;  // RFC 4291, appendix A
}

bool lasts(const InterfaceAddress& a) {
    return !a.temporary && !a.deprecated && !a.tentative;
}

}  // namespace

bool is_carriers(const asio::ip::address_v4& address) {
    return address.to_uint() >> 22U == 0x64400000U >> 22U;
}

bool is_translated(const asio::ip::address_v4& address) {
    const auto a = address.to_uint();
    return a >> 24U == 10 || a >> 20U == 0xac1 || a >> 16U == 0xc0a8 || is_carriers(address);
}

std::optional<Gateway> gateway_of(const NetworkView& view) {
    const DefaultRoute* best = nullptr;
    std::optional<Gateway> found;
    for (const auto& route : view.routes) {
        if (!route.gateway.is_v4() || (best != nullptr && best->metric <= route.metric)) continue;
        for (const auto& own : view.addresses) {
            if (own.interface != route.interface || !own.address.is_v4()) continue;
            if (!network_of(own).contains(route.gateway)) continue;
            best = &route;
            found.reset();
            if (is_translated(own.address.to_v4())) found = {route.gateway, own.address, 0};
            break;
        }
    }
    return found;
}

std::optional<Gateway> firewall_of(const NetworkView& view) {
    const auto lasting = lasting_addresses(view);
    const DefaultRoute* best = nullptr;
    std::optional<Gateway> found;
    for (const auto& route : view.routes) {
        if (!route.gateway.is_v6() || (best != nullptr && best->metric <= route.metric)) continue;
        const auto own = std::ranges::find_if(view.addresses, [&](const InterfaceAddress& a) {
            return a.interface == route.interface && a.address.is_v6() && overlay::is_global(a.address) &&
                   std::ranges::find(lasting, a.address) != lasting.end();
        });
        if (own == view.addresses.end()) continue;
        best = &route;
        found = {route.gateway, own->address, route.interface};
    }
    return found;
}

std::vector<asio::ip::address> lasting_addresses(const NetworkView& view) {
    std::vector<asio::ip::address> all;
    for (const auto& a : view.addresses) {
        if (!lasts(a)) continue;
        const bool better_one =
            is_eui64(a.address) &&
            std::any_of(view.addresses.begin(), view.addresses.end(), [&](const InterfaceAddress& other) {
                return lasts(other) && other.address.is_v6() && !is_eui64(other.address) &&
                       other.interface == a.interface && network_of(other) == network_of(a);
            });
        if (!better_one) all.push_back(a.address);
    }
    return all;
}

std::vector<asio::ip::address> every_address(const NetworkView& view) {
    std::vector<asio::ip::address> all;
    all.reserve(view.addresses.size());
    for (const auto& a : view.addresses)
        all.push_back(a.address);
    return all;
}

}  // namespace node
