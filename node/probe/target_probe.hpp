// node/probe/target_probe.hpp - asks the SIP targets that DNS gave for a domain whether anybody answers
// there, and which Hedgewitch key answers for the domain (edge_proof.hpp). OPTIONS over UDP or TCP, in order,
// with failover and hedging (failover.hpp); each over a socket of its own, which is connected, so that ICMP
// errors are heard and strangers are not.
// 1. Bounded: 64 probes at once, 8 targets a probe, 64 KiB from a stream, one deadline over all.
// 2. Only a response that carries our Call-ID, CSeq, From tag and branch counts; requests are not answered.
// 3. Whether an address may be asked (loopback, private, our own ...) is judged before, by the caller.
// Nothing throws. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/dns/sip_locator.hpp"
#include "node/probe/edge_proof.hpp"
#include "node/probe/failover.hpp"

namespace node {

struct ProbeResult {
    std::vector<TargetState> targets;      // one for each target given
    std::optional<std::size_t> first;      // the first in order that answered
    std::optional<crypto::PublicKey> key;  // which that one proved to answer for the domain
    std::string
        remark;  // a plain sentence when a key was named and not proved, or nobody was asked; or empty
    std::chrono::milliseconds elapsed{0};
};

struct ProbeCounters {
    std::uint64_t probes = 0, turned_away = 0;  // turned away: 64 were under way
    std::uint64_t proved = 0, proofs_refused = 0;
    std::uint64_t responses_ignored = 0;  // belong to no question of ours
};

class EdgeProbe {
public:
    using Done = std::function<void(const ProbeResult&)>;
    using Ticket = std::uint64_t;
    static constexpr std::size_t max_probes = 64;
    static constexpr std::size_t max_targets = 8;  // of one probe; further ones stay unknown

    explicit EdgeProbe(asio::io_context& loop);
    /// What is under way is never answered; sockets close.
    ~EdgeProbe();
    EdgeProbe(const EdgeProbe&) = delete;  // probes point back here
    EdgeProbe& operator=(const EdgeProbe&) = delete;

    /// `domain`: a host name. `challenge`: fresh random bytes. TLS and WS targets stay unknown: not spoken
    /// yet. Calls `done` exactly once, from the loop, never before this returns; not after cancel().
    Ticket probe(const std::string& domain, std::vector<DnsTarget> targets,
                 std::chrono::milliseconds deadline, const EdgeChallenge& challenge, Done done);
    void cancel(Ticket ticket);

    [[nodiscard]] const ProbeCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] std::size_t pending() const noexcept { return probes_.size(); }

private:
    class Probe;
    void retire(Ticket ticket);

    asio::io_context& loop_;
    std::vector<char> buffer_;  // where the attempts read
    ProbeCounters counters_;
    std::map<Ticket, std::shared_ptr<Probe>> probes_;
    Ticket last_ticket_ = 0;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

}  // namespace node
