// node/inbound/inbound.cpp - the inbound policy, wired.
#include "node/inbound/inbound.hpp"

#include <asio/post.hpp>

#include "node/clock.hpp"

namespace node {
namespace {

InboundRules rules_of(const Config& config) {
    return {config.sip.strangers, static_cast<double>(config.sip.stranger_rings),
            static_cast<double>(config.sip.caller_rings), static_cast<double>(config.sip.source_requests)};
}

}  // namespace

InboundSide::InboundSide(asio::io_context& loop, const Config& config, const crypto::Identity& identity,
                         Steps steps)
    : loop_(loop),
      own_key_(identity.public_key()),
      zones_(config.zones),
      steps_(std::move(steps)),
      callers_(steps_.database),
      book_([this](const std::string& name) -> std::optional<crypto::PublicKey> {
          if (const auto bound = steps_.trust.find(name, wall_now())) return bound->key;
          const auto zone = zones_.find(name);
          return zone == zones_.end() ? std::nullopt : std::optional(zone->second);
      }),
      tickets_(identity, now(), crypto::random_bytes),
      inbound_(rules_of(config), {callers_, book_, tickets_, steps_.owner_of,
                                  [this](const sip::Flow& flow) {
                                      return steps_.zone_of ? steps_.zone_of(flow)
                                                            : std::optional<crypto::PublicKey>();
                                  },
                                  [this](const crypto::PublicKey& key) { return is_revoked(key); },
                                  [this] {
                                      // Not now: a stranger must not read from the clock that something is
                                      // being written.
                                      asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
                                          if (!alive.expired()) inbound_.write_notes();
                                      });
                                  }}) {
    book_.reload(steps_.contacts.all());
}

InboundSide::~InboundSide() {
    inbound_.write_notes();
}

/// As the overlay has learnt it, which writes there from its own loop.
bool InboundSide::is_revoked(const crypto::PublicKey& key) {
    try {
        return steps_.database.prepare("SELECT 1 FROM revoked WHERE key = ?")
            .bind(1, crypto::ByteView(key))
            .step();
    } catch (const DatabaseError&) {
        return false;
    }
}

void InboundSide::reload() {
    callers_.reload();
    book_.reload(steps_.contacts.all());
}

std::string InboundSide::make_ticket(const std::string& caller, const crypto::TicketKey& key,
                                     const crypto::TicketCallee& callee) {
    if (steps_.owner_of(caller) != own_key_) return {};
    return tickets_.issue(caller, key, callee, wall_now());
}

crypto::TicketKey InboundSide::ticket_key() {
    return tickets_.key(wall_now());
}

bool InboundSide::has_new_key() {
    const auto key = ticket_key();
    return std::exchange(published_, key) != key;
}

nlohmann::ordered_json InboundSide::status() const {
    const InboundCounters& calls = inbound_.counters();
    const sip::StrangerCounters& guarded = inbound_.guarded();
    const TicketCounters& tickets = tickets_.counters();
    return {{"waiting", callers_.waiting().size()},
            {"contacts_rang", calls.contacts},
            {"strangers_rang", calls.strangers},
            {"refused", calls.refused},
            {"limited", calls.limited},
            {"ignored", calls.ignored},
            {"revoked", calls.revoked},
            {"silent", guarded.silent},
            {"scanners", guarded.scanners},
            {"tickets_issued", tickets.issued},
            {"tickets_verified", tickets.verified},
            {"tickets_forged", tickets.forged},
            {"tickets_stale", tickets.stale},
            {"tickets_replayed", tickets.replayed},
            {"tickets_unopened", tickets.unopened}};
}

}  // namespace node
