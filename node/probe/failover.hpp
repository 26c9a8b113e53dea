// node/probe/failover.hpp - which SIP target is tried next, and whose answer counts (RFC 3263 §4.3), hedged.
// A core: time is handed in; it says whom to begin with and when to be woken.
//   in order; the next one is begun when the one before failed, or was silent for `hedge`
//   the first in the order that answered counts, not the fastest
//   a target that is `patience` old is not waited for once a later one has answered
// SIP loop only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace node {

enum class TargetState : std::uint8_t {
    unknown,      // not asked: no transport of ours, an earlier one answered, or no time was left
    silent,       // asked; no answer in time
    refused,      // the network said no: ICMP, RST, no route, or a stream that broke
    unavailable,  // 503: alive, and asks to be left alone
    answered,     // any other answer
};
std::string_view name(TargetState state) noexcept;
/// RFC 3263 §4.3: the next target is to be tried.
inline bool is_failure(TargetState state) noexcept {
    return state == TargetState::silent || state == TargetState::refused || state == TargetState::unavailable;
}

class Failover {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr auto hedge = std::chrono::milliseconds(250);
    // T1 and a hedge: time for the second datagram, when the first one or its answer was lost.
    static constexpr auto patience = std::chrono::milliseconds(750);

    /// `usable[i]`: target i can be asked at all.
    Failover(const std::vector<bool>& usable, Time deadline);

    /// The next target to begin with now, if any; it is then taken as begun. Ask until there is none.
    [[nodiscard]] std::optional<std::size_t> begin_next(Time now);
    /// REQUIRES: begun, and not ended before.
    void ended(std::size_t target, TargetState state);
    /// A provisional answer: somebody is there. No other is begun, unless that one then fails.
    void heard(std::size_t target);

    /// True when nothing more can change what counts, or the deadline is over.
    [[nodiscard]] bool decided(Time now) const;
    /// When decided() or begin_next() may change by time alone.
    [[nodiscard]] Time next_wake(Time now) const;

    /// One for each target: what is known so far, and, once decided, what is to be remembered.
    [[nodiscard]] std::vector<TargetState> states(Time now) const;
    /// The first in order that answered, were it only provisionally.
    [[nodiscard]] std::optional<std::size_t> winner() const;

private:
    struct Attempt {
        bool usable = false, begun = false, ended = false, heard = false;
        TargetState state = TargetState::unknown;  // of one that has ended
        Time since{};
    };
    [[nodiscard]] std::optional<std::size_t> next_unbegun() const;
    [[nodiscard]] std::optional<std::size_t> first_final_answer() const;
    [[nodiscard]] bool somebody_is_there() const;

    std::vector<Attempt> attempts_;
    Time deadline_;
    std::optional<std::size_t> last_begun_;  // they are begun in order
};

}  // namespace node
