// overlay/source.hpp - who counts as one sender when what we do for strangers is shared out.
#pragma once

#include <algorithm>
#include <asio/ip/address.hpp>

namespace overlay {

/// An IPv4 address, also inside an IPv6 one, or an IPv6 /64: a home has the whole of that.
[[nodiscard]] inline asio::ip::address source_of(const asio::ip::address& address) {
    if (address.is_v4()) return address;
    const auto v6 = address.to_v6();
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
    auto bytes = v6.to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes);
}

}  // namespace overlay
