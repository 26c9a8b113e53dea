// node/probe/target_check.hpp - before a caller is sent to what DNS gave: is anybody there, and which key
// answers? Puts the targets that are known dead last (RFC 3263 §4.3), and remembers what it learnt, so that a
// second call in a minute, or any call to a domain whose servers say nothing to an OPTIONS, is not held up.
// SIP loop only.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/probe/target_health.hpp"
#include "node/probe/target_probe.hpp"

namespace node {

class EdgeCheck {
public:
    struct Result {
        std::vector<DnsTarget> targets;        // as given, the dead ones last
        std::optional<crypto::PublicKey> key;  // that the first living one proved for the domain
        std::string says;                      // one sentence for the trace
    };
    using Done = std::function<void(const Result&)>;

    /// A call waits so long at most: a round trip around the world, and one lost datagram.
    static constexpr auto patience = std::chrono::milliseconds(1000);
    static constexpr auto answer_holds = std::chrono::seconds(60);
    static constexpr auto silence_holds = std::chrono::minutes(10);
    static constexpr std::size_t max_remembered = 1024;

    explicit EdgeCheck(asio::io_context& loop) : probe_(loop) {}

    /// `fresh`: ask again whatever is remembered. Calls `done` exactly once, on the loop, perhaps before
    /// returning; not after this is gone.
    void check(const std::string& domain, std::vector<DnsTarget> targets, bool fresh, Done done);

    [[nodiscard]] const ProbeCounters& counters() const noexcept { return probe_.counters(); }

private:
    using Time = std::chrono::steady_clock::time_point;
    struct Known {
        std::vector<DnsTarget> targets;  // of the answer, for others nothing is known
        std::optional<crypto::PublicKey> key;
        Time until{};
        std::list<std::string>::iterator place;  // in by_use_
    };
    void learn(const std::string& domain, const std::vector<DnsTarget>& targets, const ProbeResult& result);
    void remember(const std::string& domain, Known known);

    EdgeProbe probe_;
    TargetHealth health_;
    std::map<std::string, Known> known_;
    std::list<std::string> by_use_;  // latest first
};

}  // namespace node
