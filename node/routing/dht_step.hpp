// node/routing/dht_step.hpp - the chain's step that asks the DHT: on the SIP loop here, on the overlay's loop
// there. A record may delegate its label to another key, which is asked next: three times at most, never in a
// circle.
#pragma once

#include <memory>

#include "node/routing/record_contacts.hpp"
#include "node/routing/step.hpp"
#include "sip/alive.hpp"

namespace node {

class DhtStep : public Step {
public:
    /// What the step needs from outside; called on the SIP loop.
    class Network {
    public:
        virtual ~Network() = default;
        /// Asks the overlay. `done` must come on the SIP loop, exactly once; only a node that stops owes
        /// none.
        virtual void resolve(overlay::ResolveRequest request, overlay::ResolveDone done) = 0;
        /// Why an address of a record may not be called, as the end of a sentence; empty: it may.
        [[nodiscard]] virtual std::string judge(const overlay::TransportAddress& address) const = 0;
        /// Where this edge may be on our own network.
        [[nodiscard]] virtual EdgePlaces beside_us(const overlay::Edge& /*edge*/) const { return {}; }
        /// Is it an address that our own router has outside?
        [[nodiscard]] virtual bool behind_our_router(const asio::ip::address& address) const = 0;
        /// As RelayedHere.
        [[nodiscard]] virtual std::optional<sip::Endpoint> relayed_here(const overlay::ThroughEdge&) const {
            return std::nullopt;
        }
        /// A ticket of our user `caller`, for whoever holds `key` and is `callee`; empty: none.
        [[nodiscard]] virtual std::string make_ticket(const std::string& caller, const crypto::TicketKey& key,
                                                      const crypto::TicketCallee& callee) = 0;
    };
    /// Borrows the network.
    explicit DhtStep(Network& network) : network_(network) {}

    /// REQUIRES: target.key. A bad record counts as none, or a storer could choose the caller's error.
    void ask(const StepQuestion& target, StepDone done) override;

private:
    struct Walk;  // along delegations, from the key that was asked for to the one that speaks for the label
    void ask(const std::shared_ptr<Walk>& walk);

    Network& network_;
    sip::Alive alive_;  // an answer after the node stops meets nobody
};

inline constexpr std::size_t max_delegations = 3;  // then 483: node/routing/README.md

/// What the overlay's answer means for a call; nothing is resolved. REQUIRES: the record is no delegation.
StepAnswer judge_dht_answer(overlay::ResolveAnswer answer, const StepQuestion& target,
                            DhtStep::Network& network);

}  // namespace node
