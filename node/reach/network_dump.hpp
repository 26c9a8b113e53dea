// node/reach/network_dump.hpp - asks the kernel which addresses, interfaces, default routes and neighbours
// this machine has (rtnetlink(7), by libmnl). One socket for three questions; blocks as long as the kernel
// takes, well under a millisecond. Any thread.
#pragma once

#include <asio/ip/address_v6.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "node/reach/network_view.hpp"

namespace node {

/// As of now. Nothing: there is no netlink (a sandbox), or it changed three times while it was read.
[[nodiscard]] std::optional<NetworkView> read_network();

/// The same, and where there is no netlink, the addresses alone.
[[nodiscard]] NetworkView network_or_addresses();

/// The machines beside us on an interface by their IPv6 addresses, each with its address on the link.
[[nodiscard]] std::map<asio::ip::address_v6, std::vector<std::uint8_t>> read_neighbours(unsigned interface);

}  // namespace node
