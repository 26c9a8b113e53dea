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
    /// How the overlay is asked: called on the SIP loop; `done` must come on the SIP loop, exactly once. The
    /// daemon posts to the overlay's loop and back.
    using Ask = std::function<void(overlay::ResolveRequest request, overlay::ResolveDone done)>;
    /// A ticket of our user `caller`, for whoever holds `key` and is `callee`.
    using MakeTicket = std::function<std::string(const std::string& caller, const crypto::TicketKey& key,
                                                 const crypto::TicketCallee& callee)>;
    DhtStep(Ask ask, AddressJudge judge, MakeTicket make_ticket = {})
        : ask_(std::move(ask)), judge_(std::move(judge)), make_ticket_(std::move(make_ticket)) {}

    /// REQUIRES: target.key. A bad record counts as none, or a storer could choose the caller's error.
    void ask(const StepQuestion& target, StepDone done) override;

private:
    struct Walk;  // along delegations, from the key that was asked for to the one that speaks for the label
    void ask(const std::shared_ptr<Walk>& walk);

    Ask ask_;
    AddressJudge judge_;
    MakeTicket make_ticket_;
    sip::Alive alive_;  // an answer after the node stops meets nobody
};

inline constexpr std::size_t max_delegations = 3;  // then 483: node/routing/README.md

/// What the overlay's answer means for a call: pure. REQUIRES: the record is no delegation.
StepAnswer judge_dht_answer(overlay::ResolveAnswer answer, const StepQuestion& target,
                            const AddressJudge& judge, const DhtStep::MakeTicket& make_ticket = {});

}  // namespace node
