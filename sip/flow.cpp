// sip/flow.cpp - transports and endpoints as text.
#include "sip/flow.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sip {

std::string_view name(Transport t) noexcept {
    switch (t) {
        case Transport::udp: return "UDP";
        case Transport::tcp: return "TCP";
        case Transport::tls: return "TLS";
        case Transport::ws: return "WS";
        case Transport::wss: return "WSS";
    }
    return "UDP";
}

std::string_view uri_value(Transport t) noexcept {
    switch (t) {
        case Transport::udp: return "udp";
        case Transport::tcp: return "tcp";
        case Transport::tls: return "tls";
        case Transport::ws: return "ws";
        case Transport::wss: return "wss";  // RFC 7118 §5.2 names only "ws"; "wss" is what browsers send
    }
    return "udp";
}

// Each answer to who asked for rport says it: by hand, for inet_ntop() goes by way of printf.
std::string host_text(const asio::ip::address& a) {
    if (a.is_v6()) return '[' + a.to_string() + ']';
    std::array<char, 16> text;
    char* end = text.data();
    for (const unsigned char byte : a.to_v4().to_bytes()) {
        end = std::to_chars(end, text.data() + text.size(), byte).ptr;
        *end++ = '.';
    }
    return {text.data(), end - 1};
}

std::string to_string(const Endpoint& e) {
    return host_text(e.address) + ':' + std::to_string(e.port);
}

asio::ip::address source_of(const asio::ip::address& address) {
    if (address.is_v4()) return address;
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes);
}

}  // namespace sip
