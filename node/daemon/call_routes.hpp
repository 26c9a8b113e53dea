// node/daemon/call_routes.hpp - the routing chain with its steps, as the configuration wants them. SIP loop
// only.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "node/config/config.hpp"
#include "node/inbound/inbound.hpp"
#include "node/reach/own_addresses.hpp"
#include "node/routing/chain_driver.hpp"
#include "node/routing/dht_step.hpp"
#include "node/routing/dns_step_driver.hpp"
#include "node/routing/local_step.hpp"
#include "overlay/client.hpp"

namespace node {

class CallRoutes {
public:
    /// What the chain and its steps ask of the rest of the node. Called on the SIP loop.
    class Host : public Chain::Directory {
    public:
        /// Where the phones of a user here are registered, best q first.
        [[nodiscard]] virtual std::vector<sip::Binding> phones_of(const std::string& user,
                                                                  sip::Now now) const = 0;
        /// What a lookup of a name of `owner` has met in the DHT.
        virtual void met(const crypto::PublicKey& /*owner*/,
                         const std::vector<overlay::ValueVerdict>& /*values*/) {}
        /// Where this node itself passes bytes on to that edge; nothing: it does not.
        [[nodiscard]] virtual std::optional<sip::Endpoint> relayed_here(
            const overlay::ThroughEdge& /*edge*/) const {
            return std::nullopt;
        }
    };
    /// Borrowed, but for the last.
    struct Parts {
        const Config& config;
        StateTables& tables;
        const OwnAddresses& own;
        Inbound& inbound;
        std::optional<overlay::Client> overlay;  // none: the DHT is switched off
    };
    /// Borrows the host. Throws std::runtime_error: see make_dns_step().
    CallRoutes(asio::io_context& loop, const Parts& parts, Host& host);

    /// As ChainDriver.
    void route(const sip::RouteQuestion& question, ChainDriver::RouteDone done) {
        driver_.route(question, std::move(done));
    }
    void lookup(const std::string& uri, const sip::Flow& flow, ChainDriver::LookupDone done) {
        driver_.lookup(uri, flow, std::move(done));
    }
    /// Who is on the home's network, as the overlay says.
    void set_neighbours(std::vector<overlay::Neighbour> neighbours) { neighbours_ = std::move(neighbours); }
    /// Does one of them listen there?
    [[nodiscard]] bool is_beside(const sip::Endpoint& at) const;
    [[nodiscard]] std::size_t pending() const noexcept { return chain_.pending(); }
    /// nullptr: DNS is switched off.
    [[nodiscard]] const DnsStep* dns() const noexcept { return dns_.get(); }
    [[nodiscard]] DnsStep* dns() noexcept { return dns_.get(); }

private:
    std::vector<overlay::Neighbour> neighbours_;
    LocalStep local_;
    std::unique_ptr<DnsStep> dns_;
    std::unique_ptr<DhtStep::Network> network_;  // of dht_
    std::unique_ptr<DhtStep> dht_;
    Chain chain_;
    ChainDriver driver_;
};

}  // namespace node
