// node/addresses.hpp - "udp:192.0.2.1:5060": transport addresses as people write them, and as SIP and the
// overlay hold them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "overlay/transport_address.hpp"
#include "sip/flow.hpp"

namespace node {

/// "udp:192.0.2.1:5060", "tcp:[2001:db8::1]:5060"; empty when it is something else. Port 0 is allowed.
std::optional<overlay::TransportAddress> parse_transport_address(std::string_view text);
/// "192.0.2.1:5060" or "[::]:5060".
std::optional<sip::Endpoint> parse_endpoint(std::string_view text);
std::string to_text(const overlay::TransportAddress& address);

sip::Transport to_sip(overlay::Transport transport);
overlay::Transport to_overlay(sip::Transport transport);

/// Empty: this address may be called. Else the reason why not.
using AddressJudge = std::function<std::string(const overlay::TransportAddress&)>;

/// The addresses of this machine's interfaces that are up; link-local ones excluded.
std::vector<asio::ip::address> interface_addresses();

}  // namespace node
