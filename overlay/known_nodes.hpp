// overlay/known_nodes.hpp - what can be told of the nodes that we know: which part of the network they leave
// out, and whom of them to ask that nobody stands for many. Pure functions; any thread.
#pragma once

#include <optional>
#include <vector>

#include "overlay/dht_node.hpp"
#include "overlay/placement.hpp"

namespace overlay {

/// A key that shares so many of its first bits with `id`, and not the next; the others by chance.
[[nodiscard]] Location key_at(const crypto::Bytes<20>& id, unsigned distance, const Placer::Random& random);

/// The nearest to the far end of Kademlia's buckets (§2.3), by the bits shared with `id`, that looks empty
/// though nearer ones are full. Nothing: none does.
[[nodiscard]] std::optional<unsigned> empty_bucket(const crypto::Bytes<20>& id,
                                                   const std::vector<KnownNode>& nodes);

/// In their order, at most one of each network (an IPv4 /16, an IPv6 /64) and `most` in all, of one family,
/// that others can reach, and not `own`.
[[nodiscard]] std::vector<asio::ip::udp::endpoint> of_other_networks(
    const std::vector<asio::ip::udp::endpoint>& all, const asio::ip::address& own, bool v4, std::size_t most);

}  // namespace overlay
