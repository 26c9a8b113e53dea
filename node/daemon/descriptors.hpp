// node/daemon/descriptors.hpp - how many file descriptors this process may have, and what of them the
// connections of SIP get. The rest stays for databases, DNS, the DHT, routers and commands.
#pragma once

#include <cstddef>

namespace node {

/// Raises the limit as far as the system lets us and we can use it. Returns what holds then.
std::size_t raise_descriptor_limit();
/// What holds now.
[[nodiscard]] std::size_t descriptor_limit();
/// How many connections of phones and edges there may be at most.
[[nodiscard]] std::size_t connections_for(std::size_t descriptors);
/// How many faces of doors, of two sockets each (node/media).
[[nodiscard]] std::size_t faces_for(std::size_t descriptors);
/// How many browsers may be at the page, of two descriptors each beside their connection (node/page).
[[nodiscard]] unsigned browsers_for(std::size_t descriptors);

}  // namespace node
