// node/inbound/caller_tickets.hpp - makes the tickets of our own callers, and takes those of others
// (crypto/ticket.hpp).
// 1. A ticket counts once, for a minute from when it was made, by clocks that differ by at most a minute.
//    What was used is remembered as long as it could count; when there is no room for that, nothing counts.
// 2. A restart forgets what was used: what was made before the start does not count, nor, in the first
//    minute, what comes from the future.
// 3. The key of the day before opens tickets for as long as a record with it may be valid (3 h).
// 4. At most 200 tickets a second are opened of those that come over UDP, and 200 of the others, at 0.1 ms
//    each: forgeries cost no more than that, and forged addresses stand in nobody's way who comes by TCP. How
//    many one source may try is asked before (sip/edge/answer_gate.hpp).
// Tickets are never logged. A core: time is handed in. SIP loop only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "crypto/ticket.hpp"
#include "sip/edge/ticket_calls.hpp"
#include "sip/flow.hpp"
#include "sip/now.hpp"
#include "sip/token_bucket.hpp"

namespace node {

/// Somebody with an address that can be called back: sip:<label>@<56 characters of zone>.hedge.alt.
struct Caller {
    crypto::PublicKey zone{};
    std::string label;
    friend auto operator<=>(const Caller&, const Caller&) = default;
};
[[nodiscard]] std::string uri_of(const Caller& caller);

struct TicketCounters {
    std::uint64_t issued = 0, verified = 0;
    std::uint64_t forged = 0;  // or for another callee, call, body, node or day; or no ticket at all
    std::uint64_t stale = 0;   // or made by a clock that is wrong, theirs or ours
    std::uint64_t replayed = 0;
    std::uint64_t unopened = 0;  // too many at once
};

class CallerTickets {
public:
    static constexpr std::chrono::seconds lifetime{60};
    static constexpr std::chrono::hours yesterday_for{3};  // a record's longest life, overlay/block.hpp
    static constexpr double opened_a_second = 200;

    /// Fills its argument with random bytes.
    using Random = std::function<void(std::span<std::uint8_t>)>;
    CallerTickets(const crypto::Identity& identity, sip::Now started, Random random,
                  std::size_t max_used = 16'384);

    /// What the records of this node say today.
    [[nodiscard]] crypto::TicketKey key(std::chrono::sys_seconds wall);

    /// A ticket of our user `label` for one contact of `callee`, whose record has `key`. Empty: `key` is
    /// none.
    [[nodiscard]] std::string issue(std::string_view label, const crypto::TicketKey& key,
                                    const crypto::TicketCallee& callee, std::chrono::sys_seconds wall);

    /// Who calls `callee`, one of ours, on `flow`, by a call of these hashes; nobody: it says nothing, and is
    /// counted by why. What `callee` says of kind and call does not count.
    [[nodiscard]] std::optional<Caller> take(std::string_view ticket, crypto::TicketCallee callee,
                                             const sip::Flow& flow, sip::Now now,
                                             const sip::TicketCalls& calls = {});

    [[nodiscard]] const TicketCounters& counters() const noexcept { return counters_; }
    [[nodiscard]] std::size_t remembered() const noexcept { return used_.size(); }

private:
    using Once = crypto::Bytes<32>;
    [[nodiscard]] const crypto::Secret<32>& secret_of(std::uint32_t period);
    [[nodiscard]] std::optional<crypto::Ticket> open(std::string_view text,
                                                     const crypto::TicketCallee& callee,
                                                     std::chrono::sys_seconds wall);
    [[nodiscard]] bool is_fresh(const crypto::Ticket& ticket, sip::Now now) const;
    [[nodiscard]] bool use_up(const crypto::Ticket& ticket, std::chrono::sys_seconds wall);

    const crypto::Identity identity_;
    const std::chrono::steady_clock::time_point
        started_;  // what the wall clock said then may have been wrong
    Random random_;
    const std::size_t max_used_;
    std::map<std::uint32_t, crypto::Secret<32>> secrets_;  // by period: two days at most
    std::set<Once> used_;
    std::multimap<std::uint32_t, Once> ages_;  // the same, by when they were made
    sip::TokenBucket over_udp_{opened_a_second, std::chrono::seconds(1)};
    sip::TokenBucket over_streams_{opened_a_second, std::chrono::seconds(1)};
    TicketCounters counters_;
};

}  // namespace node
