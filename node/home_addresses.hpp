// node/home_addresses.hpp - by which addresses a phone in the same house calls this machine.
#pragma once

#include <asio/ip/address.hpp>
#include <vector>

namespace node {

/// The addresses that this machine has where its way out begins, at most one of each family. Tunnels (VPNs)
/// are no such place.
std::vector<asio::ip::address> home_addresses();

}  // namespace node
