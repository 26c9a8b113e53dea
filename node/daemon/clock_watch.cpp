// node/daemon/clock_watch.cpp - the clock's guard, its log and its place in the state file.
#include "node/daemon/clock_watch.hpp"

#include <spdlog/spdlog.h>

namespace node {
namespace {

std::optional<std::chrono::sys_seconds> kept_time(Facts& facts) {
    const auto seconds = facts.get(clock_fact);
    if (!seconds) return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(*seconds));
}

}  // namespace

ClockWatch::ClockWatch(Facts& facts, std::chrono::sys_seconds built, sip::Now started)
    : facts_(facts), guard_(built, kept_time(facts), started) {}

void ClockWatch::look(sip::Now now) {
    const ClockVerdict before = judgement_.verdict;
    guard_.watch(now);
    if (guard_.step_explains(now) && others_.opinion(now).agrees()) {
        spdlog::info("clock: it was set back to {}, and the records of others are of that time",
                     date_text(now.wall));
        keep(guard_.take_back(now));
    }
    judgement_ = guard_.judge(now.wall);
    if (judgement_.verdict != before) {
        if (plausible()) {
            spdlog::info("clock: plausible again");
        } else {
            spdlog::error("clock: {}", judgement_.says);
        }
    }
    const std::string doubt = others_.doubt(now);
    if (!doubt.empty() && !doubted_) spdlog::warn("clock: {}", doubt);
    doubted_ = !doubt.empty();
    keep(guard_.due(now));
}

void ClockWatch::reload(sip::Now now) {
    guard_.reload(kept_time(facts_), now);
}

void ClockWatch::stop(sip::Now now) {
    keep(guard_.at_stop(now));
}

void ClockWatch::keep(std::optional<std::chrono::sys_seconds> time) {
    if (!time) return;
    try {
        facts_.set(clock_fact, time->time_since_epoch().count());
    } catch (const DatabaseError& e) {
        facts_.write_failed("the time", e);
    }
}

}  // namespace node
