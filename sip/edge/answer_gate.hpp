// sip/edge/answer_gate.hpp - the one gate that every answer to somebody unknown passes, whatever its kind:
// 401, 4xx, 501, OPTIONS, STUN, an answer said again. It is asked before work is done for him (a password
// looked at, a ticket opened, a row written), and costs less than that work: a look into a map or two.
// 1. An answer over UDP costs a token of its source; without one there is silence, until some have dripped in
//    again. What fills a bucket in a minute is sip.source_requests.
// 2. A source is an IPv4 address, or an IPv6 /64: a home has the whole of that.
// 3. Where a phone has logged in within 30 days is a home, over restarts too (home_seen): it is always
//    answered. So is who came by TCP, for his address is proved. Nobody can silence a phone by what he sends
//    in its name.
// 4. Wrong passwords are counted apart, by source and account. Without tokens none is looked at, be it right
//    or wrong. Those with a nonce that we gave to this very source (nonces.hpp) prove their address; others
//    may be forged, and have buckets of their own, so that they shut out nobody.
// 5. Against many sources that guess at one account it has a bucket that all share, but for the homes of that
//    very account.
// 6. So it is with tickets: only those that fail cost, and over UDP only what comes over UDP.
// 7. Those who say to be scanners get nothing from the first packet on.
// How many bytes an answer over UDP may have is asked where it leaves (transaction/responder.hpp). Counted,
// never logged. A core; bounded: 8,192 sources in each kind of bucket, 4,096 homes. SIP loop only.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sip/edge/inbound_call.hpp"
#include "sip/edge/token_buckets.hpp"
#include "sip/now.hpp"
#include "sip/recent_map.hpp"

namespace sip {

struct GateCounters {
    std::uint64_t silent = 0, scanners = 0;
    std::uint64_t unlooked = 0;  // passwords that nobody looked at
};

/// A phone of `account` has logged in at `source`.
struct Home {
    asio::ip::address source;  // as source_of() has it
    std::string account;
    std::chrono::sys_seconds seen;
    friend bool operator==(const Home&, const Home&) = default;
};

/// Somebody's try to log in.
struct Guess {
    const Flow& flow;
    std::string account;          // canonical; empty: of nobody
    bool address_proven = false;  // his nonce is ours, given to this source
};

class AnswerGate {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::days home_for{30};
    static constexpr std::chrono::days home_told_each{1};
    static constexpr std::size_t max_homes = 4096;

    explicit AnswerGate(double tokens_a_minute);

    /// True: an answer may go there. Takes a token where one is needed.
    bool admits(const Flow& flow, StrangerAct act, Time now);
    /// The same for a message, before anything else is done with it.
    bool admits(const MessageView& message, const Flow& flow, Time now);

    /// May this password be looked at? Takes nothing.
    [[nodiscard]] bool may_look(const Guess& guess, Now now);
    void was_wrong(const Guess& guess, Now now);
    /// It was right. What is given back is to be remembered over restarts; nothing: that was said today.
    std::optional<Home> logged_in(const Guess& guess, Now now);
    /// Of the runs before.
    void remember(const std::vector<Home>& homes, Now now);

    /// May a ticket that came from there be opened? Takes nothing.
    [[nodiscard]] bool may_open_ticket(const Flow& flow, Time now) const;
    void ticket_failed(const Flow& flow, Time now);

    [[nodiscard]] const GateCounters& counters() const noexcept { return counters_; }

private:
    using Place = std::pair<asio::ip::address, std::string>;  // source and account; no account: any
    struct Failures {
        explicit Failures(double a_minute);
        TokenBuckets<Place> of_account;             // from one source
        TokenBuckets<asio::ip::address> of_source;  // whatever the account
    };
    [[nodiscard]] bool is_home(const Place& place, std::chrono::sys_seconds wall) const;
    [[nodiscard]] bool is_home(const asio::ip::address& source, Time now) const;

    TokenBuckets<asio::ip::address> answers_;
    Failures proven_, forgeable_;
    TokenBuckets<std::string> from_anywhere_;  // proven failures of an account
    TokenBuckets<asio::ip::address> tickets_over_udp_, tickets_over_streams_;
    RecentMap<Place, std::chrono::sys_seconds> homes_{max_homes};  // when we said so last
    RecentMap<asio::ip::address, Time> home_sources_{max_homes};   // until when
    GateCounters counters_;
};

/// A tool that looks for open SIP servers and weak passwords, by its own words.
[[nodiscard]] bool is_scanner(const MessageView& message);

}  // namespace sip
