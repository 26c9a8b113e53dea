// node/daemon/ways_in.hpp - where a newcomer may begin in the DHT: what our own invites say of that, and what
// invites that were taken here have said. Pure, but for the table.
#pragma once

#include <asio/ip/udp.hpp>
#include <optional>
#include <string>
#include <vector>

#include "node/reach/own_addresses.hpp"
#include "node/state/database.hpp"
#include "overlay/transport_address.hpp"
#include "sip/flow.hpp"

namespace node {

/// This node's place in the DHT.
struct DhtPort {
    std::uint16_t bound = 0;
    std::optional<std::uint16_t> mapped;  // the router's, which sends it on over IPv4
};

/// At most names/invite.hpp's most_to_begin. Where others reach SIP (`advertised`) they reach the DHT;
/// `relays` are friends' nodes, which pass calls on to one that nobody reaches.
[[nodiscard]] std::vector<std::string> ways_in(const std::vector<overlay::TransportAddress>& advertised,
                                               const DhtPort& dht, const std::vector<sip::Endpoint>& relays);

/// Nodes that invites have named, and that may be asked. Throws DatabaseError.
[[nodiscard]] std::vector<asio::ip::udp::endpoint> nodes_of_invites(Database& database,
                                                                    const OwnAddresses& own);

}  // namespace node
