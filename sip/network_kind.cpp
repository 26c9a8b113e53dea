// sip/network_kind.cpp - the prefixes of private networks.
#include "sip/network_kind.hpp"

namespace sip {

NetworkKind network_kind(const asio::ip::address& address) {
    if (address.is_loopback()) return NetworkKind::loopback;
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        const bool inside = bytes[0] == 10 || (bytes[0] == 172 && bytes[1] >= 16 && bytes[1] < 32) ||
                            (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254) ||
                            (bytes[0] == 100 && bytes[1] >= 64 && bytes[1] < 128);  // RFC 6598
        return inside ? NetworkKind::inside : NetworkKind::open;
    }
    const auto v6 = address.to_v6();
    return (v6.to_bytes()[0] & 0xfe) == 0xfc || v6.is_link_local() ? NetworkKind::inside : NetworkKind::open;
}

}  // namespace sip
