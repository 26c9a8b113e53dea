// node/dht_resolver.hpp - the chain's step that asks the DHT: on
// the SIP loop here, on the overlay's loop there.
#pragma once

#include <asio/io_context.hpp>
#include <memory>

#include "node/contacts.hpp"
#include "node/resolver.hpp"

namespace node {

class DhtResolver : public Resolver {
public:
    /// How the overlay is asked: called on the SIP loop; `done` must come on the SIP loop, exactly once. The
    /// daemon posts to the overlay's loop and back.
    using Ask = std::function<void(overlay::ResolveRequest request, overlay::ResolveDone done)>;
    DhtResolver(Ask ask, AddressJudge judge) : ask_(std::move(ask)), judge_(std::move(judge)) {}

    /// REQUIRES: target.key. A bad record counts as none, or a storer could choose the caller's error.
    void resolve(const Target& target, StepDone done) override;

private:
    Ask ask_;
    AddressJudge judge_;
};

/// What the overlay's answer means for a call: pure.
StepAnswer judge_dht_answer(overlay::ResolveAnswer answer, const Target& target, const AddressJudge& judge);

}  // namespace node
