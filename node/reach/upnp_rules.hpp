// node/reach/upnp_rules.hpp - how a port is asked for over UPnP, of routers that are what they are: whose yes
// is looked at, whose leases know only two lengths, and which may have given a port to somebody else
// meanwhile.
// 1. Somebody else's mapping is never taken away, nor ended: it is looked at first.
// 2. Granted is what the router shows when it is asked, not what it said yes to.
// A core; worker thread.
#pragma once

#include <functional>
#include <vector>

#include "node/reach/upnp_services.hpp"

namespace node {

/// Which of a router's connections is to be asked: the first that is connected; else the first that has an
/// address; else the first. REQUIRES: there is one.
[[nodiscard]] std::size_t connection_in_use(const std::vector<WanConnection*>& connections);

/// `random_port`: another outer port to try.
[[nodiscard]] MappingGrant ask_for_port(WanConnection& connection, const MappingWish& wish,
                                        const MappingRequest& request,
                                        const std::function<std::uint16_t()>& random_port);

/// What became of a mapping that is not wanted any more.
enum class Ended : std::uint8_t { gone, anothers, refused, no_answer };
[[nodiscard]] Ended end_mapping(WanConnection& connection, const MappingEnd& end);

/// Why not; the end of a sentence.
[[nodiscard]] std::string upnp_fault(int code);

}  // namespace node
