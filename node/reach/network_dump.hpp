// node/reach/network_dump.hpp - asks the kernel which addresses, interfaces and default routes this machine
// has (rtnetlink(7), by libmnl). One socket for three questions; blocks as long as the kernel takes, well
// under a millisecond. Any thread.
#pragma once

#include <optional>

#include "node/reach/network_view.hpp"

namespace node {

/// As of now. Nothing: there is no netlink (a sandbox), or it changed three times while it was read.
[[nodiscard]] std::optional<NetworkView> read_network();

/// The same, and where there is no netlink, the addresses alone.
[[nodiscard]] NetworkView network_or_addresses();

}  // namespace node
