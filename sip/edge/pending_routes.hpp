// sip/edge/pending_routes.hpp - requests that wait for an answer of the host, each with its 100 Trying and
// its deadline. Bounded in bytes; the number is bounded by the transactions, but for ACKs, of which only our
// own users' wait. SIP loop only.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "sip/edge/dialog_routing.hpp"
#include "sip/edge/inbound_call.hpp"
#include "sip/edge/route.hpp"
#include "sip/syntax/stored_request.hpp"
#include "sip/timer_queue.hpp"

namespace sip {

class PendingRoutes {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Key = ServerTransactions::Key;
    // RFC 3261 §17.2.1: a 100 is due unless an answer follows within 200 ms. Not at once: a cached or local
    // route answers sooner, and until then the caller's own retransmission (at 500 ms) covers loss.
    static constexpr std::chrono::milliseconds trying_after{200};
    // RFC 4320 §4.1: of what is no INVITE a 100 MUST be sent when timer E has come to T2, and not sooner, as
    // it would only delay the client's next retransmission: after 0.5 + 1 + 2 s.
    static constexpr std::chrono::milliseconds slow_trying_after{3500};
    static constexpr std::chrono::seconds deadline{12};  // the host promises 11 s
    static constexpr std::size_t max_bytes = std::size_t{16} * 1024 * 1024;

    struct Pending {
        StoredRequest request;
        Flow flow;
        std::string name;                   // what we call ourselves on this flow
        std::string caller;                 // the user of ours who asks, else empty
        std::string callee;                 // the user of ours who is meant, else empty
        CallerMark mark;                    // of a caller from outside
        std::optional<DialogRoute> dialog;  // only the name of its next hop was asked for
        bool tried = false;                 // 100 was sent
        Time arrived{};
    };

    [[nodiscard]] bool full() const noexcept { return bytes_ >= max_bytes; }
    /// REQUIRES: nothing waits by this key.
    RouteId add(const Key& key, Pending pending, Time now);
    [[nodiscard]] bool contain(const Key& key) const { return entries_.contains(key); }
    /// Takes it out; nothing when it is gone, or (with a serial) another.
    std::optional<Pending> take(const Key& key, std::optional<std::uint64_t> serial = std::nullopt);

    struct Due {
        Key key;
        bool expired = false;  // else: a 100 is due
    };
    /// Once for the 100 of each; an expired one until it is taken.
    [[nodiscard]] std::optional<Due> next_due(Time now);
    [[nodiscard]] const Pending* find(const Key& key) const;
    [[nodiscard]] std::optional<Time> next_wake() const { return timers_.next_wake(); }

private:
    struct Entry {
        std::uint64_t serial = 0;
        Pending pending;
        Time expires;
        TimerQueue<Key>::Timer timer{};  // for the 100, then for `expires`
    };
    TimerQueue<Key> timers_;
    std::map<Key, Entry> entries_;
    std::uint64_t serial_ = 0;
    std::size_t bytes_ = 0;
};

}  // namespace sip
