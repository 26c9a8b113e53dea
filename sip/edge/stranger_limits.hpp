// sip/edge/stranger_limits.hpp - how much of an answer an address gets that never shows credentials: at first
// what everybody gets, which says nothing; then silence.
// 1. An act costs tokens of its source's bucket. Without enough of them there is no answer, until some have
//    dripped in again; what fills a bucket in a minute is sip.source_requests.
// 2. A source is an IPv4 address, or an IPv6 /64: a home has the whole of that.
// 3. Where a phone has logged in within the hour, challenges and OPTIONS are free: phones of one home stand
//    behind one address. Wrong passwords cost there as everywhere.
// 4. Those who say to be scanners get nothing from the first packet on.
// Source addresses of UDP are forged easily: who proves to be a contact is not asked for tokens
// (node/inbound/call_policy.hpp). Counted, never logged. SIP loop only.
#pragma once

#include "sip/edge/inbound_call.hpp"
#include "sip/edge/token_buckets.hpp"
#include "sip/recent_map.hpp"

namespace sip {

struct StrangerCounters {
    std::uint64_t silent = 0, scanners = 0;
};

class StrangerLimits {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::hours home_for{1};
    static constexpr std::size_t max_homes = 4096;

    explicit StrangerLimits(double tokens_a_minute) : buckets_(tokens_a_minute) {}

    /// True: answer.
    bool may_answer(const MessageView& message, const Flow& flow, StrangerAct act, Time now);

    [[nodiscard]] const StrangerCounters& counters() const noexcept { return counters_; }

private:
    [[nodiscard]] bool is_home(const asio::ip::address& source, Time now) const;
    void note_home(const asio::ip::address& source, Time now);

    TokenBuckets<asio::ip::address> buckets_;
    RecentMap<asio::ip::address, Time> homes_{max_homes};  // until when
    StrangerCounters counters_;
};

/// A tool that looks for open SIP servers and weak passwords, by its own words.
[[nodiscard]] bool is_scanner(const MessageView& message);

}  // namespace sip
