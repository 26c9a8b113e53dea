// node/daemon/host_lookup.hpp - the addresses of a host name of sip.advertise, as the DNS room is asked for
// them, and as its answer is told to reach, which knows no DNS. Pure.
#pragma once

#include <string>

#include "node/dns/sip_locator.hpp"
#include "node/reach/advertised_hosts.hpp"

namespace node {

/// For A and AAAA, and nothing else.
[[nodiscard]] DnsQuestion address_question(const std::string& host);
[[nodiscard]] HostAddresses host_addresses(const DnsAnswer& answer);

}  // namespace node
