// node/routing/dns_step.hpp - the chain's DNS step: where a domain's SIP servers are (RFC 3263), and which
// key it names for itself. Both questions share the servers, the cache and what is known about DNSSEC.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "node/config/config.hpp"
#include "node/dns/key_binding_record.hpp"
#include "node/routing/record_contacts.hpp"
#include "node/routing/step.hpp"

namespace node {

class DnsStep : public Step, public KeyBindings {
public:
    /// For `status`: {"dnssec": "off" | "checking" | "validating" | "unavailable", "trouble": one sentence};
    /// no "trouble" when there is none.
    [[nodiscard]] virtual nlohmann::ordered_json status() const = 0;
};

/// `judge` says which of the addresses found may not be used (this node itself: the call would come back).
/// Throws std::runtime_error when DNSSEC is required and there is no usable trust anchor.
std::unique_ptr<DnsStep> make_dns_step(asio::io_context& loop, const Config& config, AddressJudge judge);

}  // namespace node
