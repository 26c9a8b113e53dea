// node/reach/network_dump.hpp - asks the kernel which addresses, interfaces and default routes this machine
// has (rtnetlink(7), by libmnl). One socket for three questions; blocks as long as the kernel takes, well
// under a millisecond. Any thread.
#pragma once

#include "node/reach/network_view.hpp"

namespace node {

/// As of now. What the kernel did not tell is left out: all, when there is no netlink (a sandbox).
[[nodiscard]] NetworkView read_network();

}  // namespace node
