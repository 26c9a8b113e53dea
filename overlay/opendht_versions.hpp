// overlay/opendht_versions.hpp - what differs between the versions of OpenDHT that we build with (2.4.12 of
// Debian 12, 3.x of Debian testing), and nowhere else. Templates, so that it includes no OpenDHT header
// itself: a .cpp that sees OpenDHT includes this beside it.
#pragma once

namespace overlay {

/// Where an exported node lives. A dht::NodeExport has a sockaddr_storage and its length (`ss`, `sslen`)
/// in 2.x, a dht::SockAddr (`addr`) in 3.x.
template <typename SockAddr, typename NodeExport>
[[nodiscard]] SockAddr address_of(const NodeExport& node) {
    if constexpr (requires { node.addr; }) {
        return node.addr;
    } else {
        return SockAddr(node.ss, node.sslen);
    }
}

}  // namespace overlay
