// node/daemon/welcome.hpp - what a node says when it starts: where it is, how a phone is set up, whom one can
// call.
#pragma once

#include <string>
#include <vector>

#include "node/config/config.hpp"
#include "node/reach/network_view.hpp"
#include "overlay/transport_address.hpp"

namespace node {

/// `host`: the node's own key name. `bound`: where SIP listens. `network`: this machine's.
[[nodiscard]] std::string welcome(const Config& config, const std::string& host, const std::string& state_dir,
                                  const std::vector<overlay::TransportAddress>& bound,
                                  const NetworkView& network);

/// Where the page is. `link`: of the first start, behind the address; empty: somebody was there before.
/// `terminal`: a person may be looking at it, perhaps with a camera.
[[nodiscard]] std::string page_welcome(const std::string& url, const std::string& link, bool terminal);

}  // namespace node
