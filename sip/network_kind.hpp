// sip/network_kind.hpp - which addresses can be met from where, as far as the address alone tells.
#pragma once

#include <asio/ip/address.hpp>
#include <cstdint>

namespace sip {

/// Networks that do not route into each other: loopback, private (RFC 1918, 4193, 6598, link-local), the
/// rest.
enum class NetworkKind : std::uint8_t { loopback, inside, open };
[[nodiscard]] NetworkKind network_kind(const asio::ip::address& address);

}  // namespace sip
