// node/daemon/call_routes.cpp - puts the chain together.
#include "node/daemon/call_routes.hpp"

#include "node/clock.hpp"

namespace node {
namespace {

std::unique_ptr<DnsStep> dns_step(asio::io_context& loop, const CallRoutes::Parts& parts) {
    if (!parts.config.dns.enabled) return nullptr;
    return make_dns_step(loop, parts.config, [&own = parts.own](const overlay::TransportAddress& address) {
        return own.why_not_of_dns(address);
    });
}

std::unique_ptr<DhtStep> dht_step(const CallRoutes::Parts& parts) {
    if (!parts.overlay) return nullptr;
    return std::make_unique<DhtStep>(
        [overlay = *parts.overlay](overlay::ResolveRequest request, overlay::ResolveDone done) {
            overlay.resolve(std::move(request), std::move(done));
        },
        [&own = parts.own](const overlay::TransportAddress& address) { return own.why_not(address); },
        [&inbound = parts.inbound](const std::string& caller, const crypto::TicketKey& key,
                                   const crypto::TicketCallee& callee) {
            return inbound.make_ticket(caller, key, callee, now());
        });
}

ChainRules rules_of(const Config& config, bool dht) {
    ChainRules rules;
    rules.on_dns_failure = config.dns.on_failure;
    rules.zones = config.zones;
    rules.ask_dns = config.dns.enabled;
    rules.ask_dht = dht;
    return rules;
}

}  // namespace

CallRoutes::CallRoutes(asio::io_context& loop, const Parts& parts, Chain::Directory& directory)
    : local_(parts.tables.users, parts.phones_of),
      dns_(dns_step(loop, parts)),
      dht_(dht_step(parts)),
      chain_(rules_of(parts.config, dht_ != nullptr), directory, parts.tables.trust, parts.tables.contacts),
      driver_(loop, chain_, ChainDriver::Steps{local_, dns_.get(), dns_.get(), dht_.get()}) {}

}  // namespace node
