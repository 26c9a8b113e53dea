// node/clock.hpp - both clocks, read here and handed to the cores; and whether the wall clock can be right.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/binding.hpp"

namespace node {

inline std::chrono::sys_seconds wall_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}
inline sip::Now now() {
    return {std::chrono::steady_clock::now(), wall_now()};
}

/// When this program was configured to be built, or SOURCE_DATE_EPOCH.
std::chrono::sys_seconds build_time();

/// The name in FactTable of the latest time that was taken for good.
inline constexpr std::string_view clock_fact = "clock";

enum class ClockVerdict : std::uint8_t { plausible, behind_build, behind_past, too_far_ahead };
std::string_view name(ClockVerdict verdict) noexcept;

struct ClockJudgement {
    ClockVerdict verdict = ClockVerdict::plausible;
    std::string says;  // one plain sentence: what the clock says, what is known, what to do. Empty: plausible
};

/// A wrong clock breaks everything here: records look expired or come from the future, and what is signed is
/// refused by others. A core: time is handed in.
/// 1. At least the build time and the latest time ever persisted, less 10 min; at most 20 years after the
///    build.
/// 2. No implausible time is persisted, nor one that is more than 400 days ahead of what the steady clock
///    says it should be: a flat RTC battery may wake up in any year, and the time to come after it must not
///    look like the past. Such a jump is believed once it has stood for a week of running.
class ClockGuard {
public:
    static constexpr auto tolerance = std::chrono::minutes(10);
    static constexpr auto lifetime = std::chrono::days(20 * 365 + 5);
    static constexpr auto largest_jump = std::chrono::days(400);
    static constexpr auto jump_stands = std::chrono::days(7);
    static constexpr auto persist_every = std::chrono::minutes(10);

    /// `persisted`: FactTable::get(clock_fact), of an earlier run.
    ClockGuard(std::chrono::sys_seconds built, std::optional<std::chrono::sys_seconds> persisted,
               sip::Now started);

    [[nodiscard]] ClockJudgement judge(std::chrono::sys_seconds wall) const;

    /// The time to persist now, or none. It is then taken for persisted; a write that failed is made good by
    /// the next, 10 min later.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> due(sip::Now now);
    /// The same, whenever the last one was: the node stops.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> at_stop(sip::Now now);
    [[nodiscard]] std::chrono::steady_clock::time_point next_due() const noexcept { return next_due_; }

    /// The database was read again: `hedgewitch clock accept` has forgotten the persisted time.
    void reload(std::optional<std::chrono::sys_seconds> persisted, sip::Now now);

private:
    void watch(sip::Now now);
    [[nodiscard]] bool believable(sip::Now now) const;

    std::chrono::sys_seconds built_;
    std::optional<std::chrono::sys_seconds> known_;  // the latest persisted
    sip::Now known_at_;  // when that was: wall as known_, steady as then (or as of the start)
    sip::Now line_;      // since this moment both clocks went on together
    std::chrono::steady_clock::time_point next_due_;
};

}  // namespace node
