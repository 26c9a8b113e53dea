// node/clock.hpp - both clocks, read here and handed to the cores; and whether the wall clock can be right.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/now.hpp"

namespace node {

inline std::chrono::sys_seconds wall_now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}
inline sip::Now now() {
    return {std::chrono::steady_clock::now(), wall_now()};
}

/// When this program was configured to be built, or SOURCE_DATE_EPOCH.
std::chrono::sys_seconds build_time();

/// "2025-06-15 15:06 UTC". Outside of 1970 to 9999: the nearest that a calendar can show.
std::string date_text(std::chrono::sys_seconds time);

/// The name in Facts of the latest time that was taken for good.
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
/// 2. Persisted every 10 min and at the end, but not in the first 10 min: until NTP has set it, the clock of
///    a machine that also boots another system may be hours ahead, and the right time would then look past.
/// 3. Never persisted: an implausible time, and one more than 400 days ahead of where the last one (or else
///    the build) and the steady clock put it. A flat RTC battery may wake up in any year. Such a jump is
///    believed once it has stood for a day of running: so a node that was away for two years is not without
///    memory for ever.
/// 4. A clock that was hours ahead, and is set right while the node runs, is believed again when others agree
///    with it: the time that was persisted is explained by the step. A day at most, and once a run: who can
///    set this clock and bring old records back, gains no more by it.
class ClockGuard {
public:
    static constexpr auto tolerance = std::chrono::minutes(10);
    static constexpr auto lifetime = std::chrono::days(20 * 365 + 5);
    static constexpr auto largest_jump = std::chrono::days(400);
    static constexpr auto jump_stands = std::chrono::days(1);
    static constexpr auto persist_every = std::chrono::minutes(10);
    static constexpr auto most_taken_back = std::chrono::hours(26);

    /// `persisted`: Facts::get(clock_fact), of an earlier run.
    ClockGuard(std::chrono::sys_seconds built, std::optional<std::chrono::sys_seconds> persisted,
               sip::Now started);

    [[nodiscard]] ClockJudgement judge(std::chrono::sys_seconds wall) const;

    /// The time to persist now, or none. It is then taken for persisted; a write that failed is made good by
    /// the next, 10 min later.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> due(sip::Now now);
    /// The same at the end of the run, whenever the last one was.
    [[nodiscard]] std::optional<std::chrono::sys_seconds> at_stop(sip::Now now);
    [[nodiscard]] std::chrono::steady_clock::time_point next_due() const noexcept { return next_due_; }

    /// To be called often: notices when the clock is set.
    void watch(sip::Now now);
    /// The clock stands before the persisted time, and was set back in this run by as much at least.
    [[nodiscard]] bool step_explains(sip::Now now) const;
    /// Others agree with the clock as it stands: it counts from now on. The time to persist.
    /// REQUIRES: step_explains().
    [[nodiscard]] std::chrono::sys_seconds take_back(sip::Now now);

    /// The database was read again: `hedgewitch clock accept` may have forgotten the persisted time.
    void reload(std::optional<std::chrono::sys_seconds> persisted, sip::Now now);

private:
    [[nodiscard]] bool believable(sip::Now now) const;

    std::chrono::sys_seconds built_;
    std::optional<std::chrono::sys_seconds> known_;  // the latest persisted
    sip::Now known_at_;                              // known_ or else built_, and the steady clock then
    sip::Now seen_;                                  // the last time that we looked
    std::chrono::steady_clock::time_point stands_since_, first_due_, next_due_;
    std::chrono::seconds set_back_{0};  // in this run, in all
    bool taken_back_ = false;
};

}  // namespace node
