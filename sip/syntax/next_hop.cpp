// sip/syntax/next_hop.cpp - where a URI with an address in it says to send.
#include "sip/syntax/next_hop.hpp"

#include <array>
#include <string>

namespace sip {

std::optional<Transport> transport_of(std::string_view uri_parameter) noexcept {
    constexpr std::array all = {Transport::udp, Transport::tcp, Transport::tls, Transport::ws,
                                Transport::wss};
    for (const Transport t : all) {
        if (equal_nocase(uri_parameter, uri_value(t))) return t;
    }
    return std::nullopt;
}

std::optional<NextHop> next_hop(const UriView& uri) {
    if (!uri.is_sip()) return std::nullopt;
    asio::error_code no;
    const auto address = asio::ip::make_address(std::string(uri.host), no);
    if (no) return std::nullopt;
    NextHop hop;
    hop.transport = uri.is_sips() ? Transport::tls : Transport::udp;
    if (const auto parameter = uri.parameter("transport")) {
        const auto transport = transport_of(*parameter);
        if (!transport) return std::nullopt;
        hop.transport = *transport;
        // §26.2.2: sips with transport=tcp means TLS over TCP.
        if (uri.is_sips() && hop.transport == Transport::tcp) hop.transport = Transport::tls;
    }
    const bool secure = hop.transport == Transport::tls || hop.transport == Transport::wss;
    hop.endpoint = {address, uri.port.value_or(secure ? 5061 : 5060)};
    if (hop.endpoint.port == 0) return std::nullopt;
    return hop;
}

std::optional<NextHop> next_hop(std::string_view uri) {
    const auto parsed = UriView::parse(uri);
    return parsed ? next_hop(*parsed) : std::nullopt;
}

}  // namespace sip
