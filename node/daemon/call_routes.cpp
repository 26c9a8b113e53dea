// node/daemon/call_routes.cpp - puts the chain together.
#include "node/daemon/call_routes.hpp"

#include <algorithm>

#include "node/clock.hpp"
#include "sip/alive.hpp"

namespace node {
namespace {

std::unique_ptr<DnsStep> dns_step(asio::io_context& loop, const CallRoutes::Parts& parts) {
    if (!parts.config.dns.enabled) return nullptr;
    return make_dns_step(loop, parts.config,
                         [&own = parts.own](const overlay::TransportAddress& address, bool own_network) {
                             return own.why_not_of_dns(address, own_network);
                         });
}

/// The overlay's answers come on the SIP loop (overlay/client.hpp).
class DhtNetwork : public DhtStep::Network {
public:
    /// Borrows the own addresses, who makes tickets, the host and the neighbours.
    DhtNetwork(const CallRoutes::Parts& parts, CallRoutes::Host& host,
               const std::vector<overlay::Neighbour>& neighbours)
        : overlay_(*parts.overlay),
          own_(parts.own),
          inbound_(parts.inbound),
          host_(host),
          neighbours_(neighbours) {}

    void resolve(overlay::ResolveRequest request, overlay::ResolveDone done) override {
        const auto owner = request.owner;
        overlay_.resolve(std::move(request),
                         alive_.guard([this, owner, done = std::move(done)](overlay::ResolveAnswer answer) {
                             host_.met(owner, answer.values);
                             done(std::move(answer));
                         }));
    }
    [[nodiscard]] bool behind_our_router(const asio::ip::address& address) const override {
        return overlay::is_global(address) && own_.leads_here(address, std::nullopt);
    }
    [[nodiscard]] std::string judge(const overlay::TransportAddress& address) const override {
        return own_.why_not(address);
    }
    [[nodiscard]] EdgePlaces beside_us(const overlay::Edge& edge) const override {
        EdgePlaces places;
        for (const auto& [address, port] : overlay::edges_beside(neighbours_, edge.tls_key_hash)) {
            if (!own_.leads_here(address, port)) places.tls.push_back({address, port});
        }
        places.first = std::all_of(edge.addresses.begin(), edge.addresses.end(), [this](const auto& at) {
            return own_.shares_router(at.address) || !own_.why_not(at).empty();
        });
        return places;
    }
    [[nodiscard]] std::optional<sip::Endpoint> relayed_here(const overlay::ThroughEdge& edge) const override {
        return host_.relayed_here(edge);
    }
    [[nodiscard]] std::string make_ticket(const std::string& caller, const crypto::TicketKey& key,
                                          const crypto::TicketCallee& callee) override {
        return inbound_.make_ticket(caller, key, callee, now());
    }

private:
    const overlay::Client overlay_;
    const OwnAddresses& own_;
    Inbound& inbound_;
    CallRoutes::Host& host_;
    const std::vector<overlay::Neighbour>& neighbours_;
    const sip::Alive alive_;
};

std::unique_ptr<DhtStep::Network> dht_network(const CallRoutes::Parts& parts, CallRoutes::Host& host,
                                              const std::vector<overlay::Neighbour>& neighbours) {
    if (!parts.overlay) return nullptr;
    return std::make_unique<DhtNetwork>(parts, host, neighbours);
}

ChainRules rules_of(const Config& config, bool dht) {
    ChainRules rules;
    rules.on_dns_failure = config.dns.on_failure;
    rules.zones = config.zones;
    rules.ask_dns = config.dns.enabled;
    rules.ask_dht = dht;
    rules.mesh = config.mesh_prefixes;
    return rules;
}

}  // namespace

CallRoutes::CallRoutes(asio::io_context& loop, const Parts& parts, Host& host)
    : local_(parts.tables.users, [&host](const std::string& user) { return host.phones_of(user, now()); }),
      dns_(dns_step(loop, parts)),
      network_(dht_network(parts, host, neighbours_)),
      dht_(network_ ? std::make_unique<DhtStep>(*network_) : nullptr),
      chain_(rules_of(parts.config, dht_ != nullptr), host, parts.tables.trust, parts.tables.contacts),
      driver_(loop, chain_, ChainDriver::Steps{local_, dns_.get(), dns_.get(), dht_.get()}) {}

bool CallRoutes::is_beside(const sip::Endpoint& at) const {
    return std::any_of(neighbours_.begin(), neighbours_.end(), [&](const overlay::Neighbour& each) {
        return each.address == at.address && each.beacon.sip.tls == at.port;
    });
}

}  // namespace node
