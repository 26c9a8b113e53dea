// node/routing/dns_step_driver.hpp - the DNS step over the drivers of DNS and of probes, as the configuration
// wants them. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <memory>

#include "node/config/config.hpp"
#include "node/routing/dns_step.hpp"

namespace node {

/// `judge` says which of the addresses found may not be used (this node itself: the call would come back).
/// Throws std::runtime_error when DNSSEC is required and there is no usable trust anchor.
std::unique_ptr<DnsStep> make_dns_step(asio::io_context& loop, const Config& config, AddressJudge judge);

}  // namespace node
