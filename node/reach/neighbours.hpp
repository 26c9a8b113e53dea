// node/reach/neighbours.hpp - do two IPv6 addresses of one link belong to the same machine? A router has
// several, and the default route tells of one. Asks the kernel's neighbours, and them. Blocks for half a
// second at the most.
#pragma once

#include <asio/ip/address_v6.hpp>

namespace node {

/// By their addresses on the link, which are trusted as the default route's is.
[[nodiscard]] bool is_same_machine(const asio::ip::address_v6& one, const asio::ip::address_v6& other,
                                   unsigned interface);

}  // namespace node
