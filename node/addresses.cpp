// node/addresses.cpp - text forms of transport addresses, and getifaddrs.
#include "node/addresses.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "sip/syntax/next_hop.hpp"

namespace node {

std::optional<sip::Endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const std::string_view port_text = text.substr(colon + 1);
    const bool bracketed = host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);

    std::uint16_t port = 0;
    const auto [end, failed] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (failed != std::errc{} || end != port_text.data() + port_text.size()) return std::nullopt;

    asio::error_code error;
    const auto address = asio::ip::make_address(std::string(host), error);
    if (error || address.is_v6() != bracketed) return std::nullopt;
    return sip::Endpoint{address, port};
}

std::optional<overlay::TransportAddress> parse_transport_address(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const std::string_view transport = text.substr(0, colon);
    const auto known = sip::transport_of(transport);
    if (!known || transport != sip::uri_value(*known)) return std::nullopt;  // written as we write it
    const auto endpoint = parse_endpoint(text.substr(colon + 1));
    if (!endpoint) return std::nullopt;
    return overlay::TransportAddress{to_overlay(*known), endpoint->address, endpoint->port};
}

std::string to_text(const overlay::TransportAddress& address) {
    return std::string(sip::uri_value(to_sip(address.transport))) + ":" +
           sip::to_string(sip::Endpoint{address.address, address.port});
}

sip::Transport to_sip(overlay::Transport transport) {
    switch (transport) {
        case overlay::Transport::udp: return sip::Transport::udp;
        case overlay::Transport::tcp: return sip::Transport::tcp;
        case overlay::Transport::tls: return sip::Transport::tls;
        case overlay::Transport::ws: return sip::Transport::ws;
        case overlay::Transport::wss: return sip::Transport::wss;
    }
    return sip::Transport::udp;
}

overlay::Transport to_overlay(sip::Transport transport) {
    switch (transport) {
        case sip::Transport::udp: return overlay::Transport::udp;
        case sip::Transport::tcp: return overlay::Transport::tcp;
        case sip::Transport::tls: return overlay::Transport::tls;
        case sip::Transport::ws: return overlay::Transport::ws;
        case sip::Transport::wss: return overlay::Transport::wss;
    }
    return overlay::Transport::udp;
}

std::vector<asio::ip::address> interface_addresses() {
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, freeifaddrs);

    std::vector<asio::ip::address> found;
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
        if (entry->ifa_addr->sa_family == AF_INET) {
            const auto* in = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
            found.emplace_back(asio::ip::address_v4(ntohl(in->sin_addr.s_addr)));
        } else if (entry->ifa_addr->sa_family == AF_INET6) {
            const auto* in = reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr);
            asio::ip::address_v6::bytes_type bytes;
            std::copy(std::begin(in->sin6_addr.s6_addr), std::end(in->sin6_addr.s6_addr), bytes.begin());
            const asio::ip::address_v6 address(bytes);
            if (!address.is_link_local()) found.emplace_back(address);
        }
    }
    return found;
}

}  // namespace node
