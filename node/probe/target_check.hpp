// node/probe/target_check.hpp - before a caller is sent to what DNS gave: what is remembered of those
// targets? Puts the ones that are known dead last (RFC 3263 §4.3), and keeps what a probe learnt, so that a
// second call in a minute, or any call to a domain whose servers say nothing to an OPTIONS, is not held up. A
// core: time is handed in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/probe/target_health.hpp"
#include "node/probe/target_probe.hpp"
#include "sip/recent_map.hpp"

namespace node {

struct CheckedTargets {
    std::vector<DnsTarget> targets;        // as given, the dead ones last
    std::optional<crypto::PublicKey> key;  // that the first living one proved for the domain
    std::string sentence;                  // for the trace
};

class TargetCheck {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// A call waits so long at most: a round trip around the world, and one lost datagram.
    static constexpr auto patience = std::chrono::milliseconds(1000);
    static constexpr auto answer_holds = std::chrono::seconds(60);
    static constexpr auto silence_holds = std::chrono::minutes(10);
    static constexpr std::size_t max_remembered = 1024;

    struct Begun {
        std::string domain;
        std::vector<DnsTarget> given, ordered;  // ordered: to be asked in this order
        std::optional<CheckedTargets> known;    // nobody has to be asked
    };
    /// `fresh`: ask again whatever is remembered.
    [[nodiscard]] Begun begin(const std::string& domain, std::vector<DnsTarget> targets, bool fresh,
                              Time now) const;
    /// What a probe of `begun.ordered` has found.
    [[nodiscard]] CheckedTargets learn(const Begun& begun, const ProbeResult& result, Time now);

private:
    struct Known {
        std::vector<DnsTarget> targets;  // of the answer, for others nothing is known
        std::optional<crypto::PublicKey> key;
        Time until{};
    };
    TargetHealth health_;
    sip::RecentMap<std::string, Known> known_{max_remembered};
};

}  // namespace node
