// node/config/advertised_host.cpp - a transport, a name, a port.
#include "node/config/advertised_host.hpp"

#include "node/addresses.hpp"
#include "node/names/host_name.hpp"
#include "sip/syntax/letter_case.hpp"

namespace node {

std::string to_text(const AdvertisedHost& host) {
    const auto address =
        to_text(overlay::TransportAddress{host.transport, asio::ip::address_v4::any(), host.port});
    return address.substr(0, address.find(':') + 1) + host.host + ':' + std::to_string(host.port);
}

std::optional<AdvertisedHost> parse_advertised_host(const std::string& text) {
    const auto first = text.find(':'), last = text.rfind(':');
    if (first == std::string::npos || first == last) return std::nullopt;
    const auto host = sip::lowercase(text.substr(first + 1, last - first - 1));
    if (!is_host_name(host) || ends_in_a_number(host)) return std::nullopt;
    const auto address = parse_transport_address(text.substr(0, first) + ":0.0.0.0" + text.substr(last));
    if (!address || address->port == 0) return std::nullopt;
    return AdvertisedHost{address->transport, host, address->port};
}

}  // namespace node
