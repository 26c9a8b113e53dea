// node/dns_resolver.hpp - the chain's step that asks DNS where a domain's SIP servers are (RFC 3263).
#pragma once

#include <asio/io_context.hpp>
#include <memory>

#include "node/config.hpp"
#include "node/contacts.hpp"
#include "node/resolver.hpp"

namespace node {

/// `judge` says which of the addresses found may not be used (this node itself: the call would come back).
std::unique_ptr<Resolver> make_dns_resolver(asio::io_context& loop, const Config& config, AddressJudge judge);

}  // namespace node
