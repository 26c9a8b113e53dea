// node/daemon/sip_sockets.hpp - where SIP listens and whom its sockets let in, as the configuration and this
// machine have it.
#pragma once

#include <vector>

#include "node/config/config.hpp"
#include "overlay/transport_address.hpp"
#include "sip/transport/transports.hpp"

namespace node {

[[nodiscard]] std::vector<sip::Listen> listens_of(const Config& config);
/// What is listened at, when all is bound.
[[nodiscard]] std::vector<overlay::TransportAddress> addresses_of(const std::vector<sip::Listen>& listens);
/// As many connections as there are file descriptors for.
[[nodiscard]] sip::TransportLimits transport_limits();
/// Whose pages may speak: there are no cookies, and each phone logs in, but a page that somebody opens at
/// home speaks from inside of his network, where strangers do not get. Empty: those of the node's own host.
[[nodiscard]] sip::OriginPolicy web_origins(const Config& config);

}  // namespace node
