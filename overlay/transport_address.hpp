// overlay/transport_address.hpp - where an edge or phone listens.
// No names, no URIs: those are node's business.
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
    friend bool operator==(const TransportAddress&, const TransportAddress&) = default;
    // By hand: asio's addresses have < but no <=>.
    friend std::strong_ordering operator<=>(const TransportAddress& a, const TransportAddress& b) {
        if (const auto order = a.transport <=> b.transport; std::is_neq(order)) return order;
        if (a.address != b.address)
            return a.address < b.address ? std::strong_ordering::less : std::strong_ordering::greater;
        return a.port <=> b.port;
    }
};

}  // namespace overlay
