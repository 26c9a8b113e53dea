// node/probe/target_probe.hpp - one look at the SIP targets that DNS gave for a domain: does anybody answer
// there, and which Hedgewitch key answers for the domain (edge_proof.hpp)? OPTIONS over UDP or TCP, in order,
// with failover and hedging (failover.hpp). A core: time and answers are handed in, it says whom to ask.
// 1. Bounded: 8 targets, one deadline over all.
// 2. Whether an address may be asked (loopback, private, our own ...) is judged before, by the caller.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "node/dns/sip_locator.hpp"
#include "node/probe/edge_proof.hpp"
#include "node/probe/failover.hpp"
#include "node/probe/options_request.hpp"

namespace node {

struct ProbeResult {
    std::vector<TargetState> targets;      // one for each target given
    std::optional<std::size_t> first;      // the first in order that answered
    std::optional<crypto::PublicKey> key;  // which that one proved to answer for the domain
    std::string
        remark;  // a plain sentence when a key was named and not proved, or nobody was asked; or empty
    std::chrono::milliseconds elapsed{0};
};

class TargetProbe {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t max_targets = 8;  // further ones stay unknown

    /// `domain`: a host name. `challenge`: fresh random bytes. TLS and WS targets stay unknown: not spoken
    /// yet.
    TargetProbe(std::string domain, std::vector<DnsTarget> targets, const EdgeChallenge& challenge, Time now,
                std::chrono::milliseconds deadline);

    /// The next target to be asked now, if any. Ask until there is none.
    [[nodiscard]] std::optional<std::size_t> begin_next(Time now) { return order_.begin_next(now); }
    [[nodiscard]] OptionsAsk ask_of(std::size_t target) const;
    /// True: it was the last thing to hear from this target.
    bool replied(std::size_t target, const OptionsReply& reply);
    void ended(std::size_t target, TargetState state) { order_.ended(target, state); }

    [[nodiscard]] bool decided(Time now) const { return order_.decided(now); }
    /// When decided() or begin_next() may change by time alone.
    [[nodiscard]] Time next_wake(Time now) const { return order_.next_wake(now); }
    /// REQUIRES: decided(now).
    [[nodiscard]] ProbeResult result(Time now) const;
    [[nodiscard]] std::size_t size() const noexcept { return targets_.size(); }

private:
    [[nodiscard]] sip::Endpoint at(std::size_t i) const { return {targets_[i].address, targets_[i].port}; }

    const std::string domain_;
    const std::vector<DnsTarget> targets_;
    const EdgeChallenge challenge_;
    const Time began_;
    Failover order_;
    std::vector<std::string> proofs_;  // one for each target
};

}  // namespace node
