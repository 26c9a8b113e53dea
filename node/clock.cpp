// node/clock.cpp - judges the wall clock by what cannot be: a time before this program, or before a time that
// was.
#include "node/clock.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#ifndef HEDGEWITCH_BUILD_TIME
#error "CMakeLists.txt defines HEDGEWITCH_BUILD_TIME"
#endif

namespace node {
namespace {

/// By how much the wall clock went ahead of the steady one. (Negative: it was set back. Sleep counts as
/// ahead.)
std::chrono::seconds apart(sip::Now from, sip::Now to) {
    return (to.wall - from.wall) - std::chrono::floor<std::chrono::seconds>(to.steady - from.steady);
}

}  // namespace

std::chrono::sys_seconds build_time() {
    return std::chrono::sys_seconds(std::chrono::seconds(HEDGEWITCH_BUILD_TIME));
}

std::string date_text(std::chrono::sys_seconds time) {
    // What a calendar can show; a clock of ours can stand anywhere.
    constexpr std::chrono::sys_seconds last(std::chrono::seconds(253'402'300'799));  // 9999-12-31
    const auto shown = std::clamp(time, std::chrono::sys_seconds(std::chrono::seconds(0)), last);
    return fmt::format("{:%Y-%m-%d %H:%M} UTC",
                       fmt::gmtime(static_cast<std::time_t>(shown.time_since_epoch().count())));
}

std::string_view name(ClockVerdict verdict) noexcept {
    switch (verdict) {
        case ClockVerdict::plausible: return "plausible";
        case ClockVerdict::behind_build: return "behind_build";
        case ClockVerdict::behind_past: return "behind_past";
        case ClockVerdict::too_far_ahead: return "too_far_ahead";
    }
    return "";
}

ClockGuard::ClockGuard(std::chrono::sys_seconds built, std::optional<std::chrono::sys_seconds> persisted,
                       sip::Now started)
    : built_(built),
      known_(persisted),
      known_at_{started.steady, persisted.value_or(built)},
      seen_(started),
      stands_since_(started.steady),
      first_due_(started.steady + persist_every),
      next_due_(first_due_) {}

ClockJudgement ClockGuard::judge(std::chrono::sys_seconds wall) const {
    if (wall < built_ - tolerance) {
        return {ClockVerdict::behind_build,
                fmt::format("The clock says {}, but this program was made at {}: set the clock.",
                            date_text(wall), date_text(built_))};
    }
    if (wall > built_ + lifetime) {
        return {ClockVerdict::too_far_ahead,
                fmt::format("The clock says {}, more than 20 years after this program was made ({}): set the "
                            "clock, or install a newer Hedgewitch.",
                            date_text(wall), date_text(built_))};
    }
    if (known_ && wall < *known_ - tolerance) {
        return {
            ClockVerdict::behind_past,
            fmt::format("The clock says {}, but it said {} when this node last ran: set the clock, or say "
                        "`hedgewitch clock accept` when the earlier time was wrong.",
                        date_text(wall), date_text(*known_))};
    }
    return {};
}

void ClockGuard::watch(sip::Now now) {
    const auto jump = apart(seen_, now);
    if (jump > largest_jump || jump < -largest_jump) stands_since_ = now.steady;
    if (jump < -tolerance) set_back_ -= jump;
    seen_ = now;
}

bool ClockGuard::believable(sip::Now now) const {
    if (judge(now.wall).verdict != ClockVerdict::plausible) return false;
    if (known_ && now.wall <= *known_) return false;  // within the tolerance: the later time stays known
    return apart(known_at_, now) <= largest_jump || now.steady - stands_since_ >= jump_stands;
}

std::optional<std::chrono::sys_seconds> ClockGuard::due(sip::Now now) {
    if (now.steady < next_due_) return std::nullopt;
    next_due_ = now.steady + persist_every;
    return at_stop(now);
}

std::optional<std::chrono::sys_seconds> ClockGuard::at_stop(sip::Now now) {
    watch(now);
    if (now.steady < first_due_ || !believable(now)) return std::nullopt;
    known_ = now.wall;
    known_at_ = now;
    return known_;
}

bool ClockGuard::step_explains(sip::Now now) const {
    if (taken_back_ || judge(now.wall).verdict != ClockVerdict::behind_past) return false;
    const auto back = *known_ - now.wall;
    return back <= most_taken_back && back <= set_back_ + tolerance;
}

std::chrono::sys_seconds ClockGuard::take_back(sip::Now now) {
    taken_back_ = true;
    known_ = now.wall;
    known_at_ = now;
    return now.wall;
}

void ClockGuard::reload(std::optional<std::chrono::sys_seconds> persisted, sip::Now now) {
    known_ = persisted;
    known_at_ = {now.steady, persisted.value_or(built_)};
}

}  // namespace node
