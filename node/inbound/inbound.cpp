// node/inbound/inbound.cpp - the inbound policy, put together.
#include "node/inbound/inbound.hpp"

namespace node {
namespace {

InboundRules rules_of(const Config& config) {
    return {config.sip.strangers, static_cast<double>(config.sip.stranger_rings),
            static_cast<double>(config.sip.caller_rings)};
}

/// What the trust table says, and else [zones] of the configuration.
ContactIndex::BoundKey bound_keys(const TrustTable& trust, const Config& config) {
    return [&trust, zones = config.zones](const std::string& name,
                                          std::chrono::sys_seconds wall) -> std::optional<crypto::PublicKey> {
        if (const auto bound = trust.find(name, wall)) return bound->key;
        const auto zone = zones.find(name);
        return zone == zones.end() ? std::nullopt : std::optional(zone->second);
    };
}

}  // namespace

Inbound::Inbound(const Config& config, const crypto::Identity& identity, StateTables& tables,
                 CallPolicyHost& host, sip::Now started)
    : own_key_(identity.public_key()),
      host_(host),
      callers_(tables.database),
      contact_table_(tables.contacts),
      contacts_(bound_keys(tables.trust, config)),
      tickets_(identity, started, crypto::random_bytes),
      policy_(rules_of(config), callers_, contacts_, tickets_, host) {
    contacts_.reload(contact_table_.all());
}

Inbound::~Inbound() {
    write_notes();
}

void Inbound::reload() {
    callers_.reload();
    contacts_.reload(contact_table_.all());
}

sip::InboundVerdict Inbound::judge(const sip::InboundCall& call, sip::Now now) {
    return policy_.judge(call, now);
}

std::string Inbound::make_ticket(const std::string& caller, const crypto::TicketKey& key,
                                 const crypto::TicketCallee& callee, sip::Now now) {
    if (host_.owner_of(caller) != own_key_) return {};
    return tickets_.issue(caller, key, callee, now.wall);
}

InboundStatus Inbound::status() const {
    const InboundCounters& calls = policy_.counters();
    InboundStatus status;
    status.waiting = callers_.waiting().size();
    status.contacts_rang = calls.contacts;
    status.strangers_rang = calls.strangers;
    status.refused = calls.refused;
    status.limited = calls.limited;
    status.revoked = calls.revoked;
    status.unchecked = calls.unchecked;
    status.unnoted = calls.unnoted;
    status.other_zone = calls.other_zone;
    status.tickets = tickets_.counters();
    return status;
}

}  // namespace node
