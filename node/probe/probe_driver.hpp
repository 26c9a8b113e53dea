// node/probe/probe_driver.hpp - the sockets and timers of this room: puts the questions of TargetProbe over
// sockets of their own, which are connected, so that ICMP errors are heard and strangers are not; and lets
// TargetCheck remember what came of it.
// 1. Bounded: 64 probes at once, 64 KiB from a stream.
// 2. Only a response that carries our Call-ID, CSeq, From tag and branch counts; requests are not answered.
// Nothing throws. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "node/probe/target_check.hpp"
#include "node/probe/target_probe.hpp"
#include "sip/alive.hpp"

namespace node {

struct ProbeCounters {
    std::uint64_t probes = 0, turned_away = 0;  // turned away: 64 were under way
    std::uint64_t proved = 0, proofs_refused = 0;
    std::uint64_t responses_ignored = 0;  // belong to no question of ours
};

class ProbeDriver {
public:
    using Done = std::function<void(const ProbeResult&)>;
    static constexpr std::size_t max_probes = 64;

    explicit ProbeDriver(asio::io_context& loop);
    /// What is under way is never answered; sockets close.
    ~ProbeDriver();
    ProbeDriver(const ProbeDriver&) = delete;  // probes point back here
    ProbeDriver& operator=(const ProbeDriver&) = delete;

    /// See TargetProbe. Calls `done` exactly once, from the loop, never before this returns; not after
    /// cancel().
    QuestionId probe(const std::string& domain, std::vector<DnsTarget> targets,
                     std::chrono::milliseconds deadline, const EdgeChallenge& challenge, Done done);
    void cancel(QuestionId id);

    /// See TargetCheck. Calls `done` exactly once, on the loop, perhaps before returning; not after this is
    /// gone.
    void check(const std::string& domain, std::vector<DnsTarget> targets, bool fresh,
               std::function<void(const CheckedTargets&)> done);

    [[nodiscard]] const ProbeCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] std::size_t pending() const noexcept { return probes_.size(); }

private:
    class Running;
    void retire(QuestionId id);

    asio::io_context& loop_;
    std::vector<char> buffer_;  // where the clients read
    ProbeCounters counters_;
    TargetCheck check_;
    std::map<QuestionId, std::shared_ptr<Running>> probes_;
    QuestionId last_id_ = 0;
    sip::Alive alive_;
};

}  // namespace node
