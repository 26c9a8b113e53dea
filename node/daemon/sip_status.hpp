// node/daemon/sip_status.hpp - what the parts of the SIP loop count, as the status has it. Pure.
#pragma once

#include "node/routing/target_cap.hpp"
#include "node/state/trust_table.hpp"
#include "node/status/node_status.hpp"
#include "sip/edge/edge.hpp"
#include "sip/transport/tls_credentials.hpp"
#include "sip/transport/transports.hpp"

namespace node {

[[nodiscard]] TrustStatus trust_status(const std::vector<TrustEntry>& entries);
[[nodiscard]] CapsStatus caps_status(const TargetCapCounters& counters);
/// What the gate of the edge has kept from strangers.
void add_gate(InboundStatus& status, const sip::Edge& edge);
[[nodiscard]] SipStatus sip_status(const sip::Edge& edge, std::size_t lookups_pending);
[[nodiscard]] TransportStatus transport_status(const sip::TransportCounters& counters);
[[nodiscard]] TlsStatus tls_status(const sip::KeyHash& key_hash, const sip::TransportCounters& counters);

}  // namespace node
