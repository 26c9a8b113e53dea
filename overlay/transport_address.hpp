// overlay/transport_address.hpp - where an edge or phone listens. No names, no URIs: those are node's business.
#pragma once

#include <asio/ip/address.hpp>
#include <compare>
#include <cstdint>

namespace overlay {

enum class Transport : std::uint8_t { udp = 0, tcp = 1, tls = 2, ws = 3, wss = 4 };  // numbers are the wire's

struct TransportAddress {
    Transport transport = Transport::udp;
    asio::ip::address address;
    std::uint16_t port = 0;
    friend auto operator<=>(const TransportAddress&, const TransportAddress&) = default;
};

}  // namespace overlay
