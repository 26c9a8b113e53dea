// node/routing/dns_step_driver.hpp - the DNS step over the drivers of DNS and of probes, as the configuration
// wants them. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>

#include "node/config/config.hpp"
#include "node/routing/dns_step.hpp"

namespace node {

/// Why an address that DNS gave is not called; empty: it may be. `own_network`: the name is one that only
/// servers of our own networks know.
using DnsAddressJudge = std::function<std::string(const overlay::TransportAddress&, bool own_network)>;

/// Throws std::runtime_error when DNSSEC is required and there is no usable trust anchor.
std::unique_ptr<DnsStep> make_dns_step(asio::io_context& loop, const Config& config, DnsAddressJudge judge);

}  // namespace node
