// node/probe/failover.cpp - begins, ends, and who counts.
#include "node/probe/failover.hpp"

#include <algorithm>
#include <cassert>

namespace node {

std::string_view name(TargetState state) noexcept {
    switch (state) {
        case TargetState::unknown: return "unknown";
        case TargetState::silent: return "silent";
        case TargetState::refused: return "refused";
        case TargetState::unavailable: return "unavailable";
        case TargetState::answered: return "answered";
    }
    return "";
}

Failover::Failover(const std::vector<bool>& usable, Time deadline) : deadline_(deadline) {
    attempts_.reserve(usable.size());
    for (const bool u : usable) {
        Attempt attempt;
        attempt.usable = u;
        attempts_.push_back(attempt);
    }
}

std::optional<std::size_t> Failover::next_unbegun() const {
    for (std::size_t i = last_begun_ ? *last_begun_ + 1 : 0; i < attempts_.size(); ++i) {
        if (attempts_[i].usable) return i;
    }
    return std::nullopt;
}

bool Failover::somebody_is_there() const {
    return std::any_of(attempts_.begin(), attempts_.end(), [](const Attempt& a) {
        return a.state == TargetState::answered || (a.heard && !a.ended);
    });
}

std::optional<std::size_t> Failover::begin_next(Time now) {
    const auto next = next_unbegun();
    if (!next || now >= deadline_ || somebody_is_there()) return std::nullopt;
    if (last_begun_) {
        const Attempt& before = attempts_[*last_begun_];
        if (!before.ended && now < before.since + hedge) return std::nullopt;
    }
    attempts_[*next].begun = true;
    attempts_[*next].since = now;
    last_begun_ = next;
    return next;
}

void Failover::ended(std::size_t target, TargetState state) {
    Attempt& attempt = attempts_.at(target);
    assert(attempt.begun && !attempt.ended);
    attempt.ended = true;
    attempt.state = state;
}

void Failover::heard(std::size_t target) {
    attempts_.at(target).heard = true;
}

std::optional<std::size_t> Failover::first_final_answer() const {
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        if (attempts_[i].state == TargetState::answered) return i;
    }
    return std::nullopt;
}

bool Failover::decided(Time now) const {
    if (now >= deadline_) return true;
    const auto answered = first_final_answer();
    const auto end = attempts_.begin() + static_cast<std::ptrdiff_t>(answered.value_or(attempts_.size()));
    if (!answered && next_unbegun() && !somebody_is_there()) return false;
    return std::all_of(attempts_.begin(), end, [&](const Attempt& a) {
        return !a.begun || a.ended || (answered && now >= a.since + patience);
    });
}

Failover::Time Failover::next_wake(Time now) const {
    Time wake = deadline_;
    const auto consider = [&](Time at) {
        if (at > now) wake = std::min(wake, at);
    };
    if (last_begun_ && next_unbegun() && !somebody_is_there())
        consider(attempts_[*last_begun_].since + hedge);
    for (const Attempt& a : attempts_) {
        if (a.begun && !a.ended) consider(a.since + patience);
    }
    return wake;
}

std::optional<std::size_t> Failover::winner() const {
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        const Attempt& a = attempts_[i];
        if (a.state == TargetState::answered || (a.heard && !a.ended)) return i;
    }
    return std::nullopt;
}

std::vector<TargetState> Failover::states(Time now) const {
    const auto won = winner();
    std::vector<TargetState> all;
    all.reserve(attempts_.size());
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        const Attempt& a = attempts_[i];
        // One begun a moment ago has had no fair chance: that it is silent must not be held against it.
        const bool had_time = a.begun && now >= a.since + hedge;
        if (a.ended) {
            all.push_back(a.state);
        } else if (a.heard) {
            all.push_back(TargetState::answered);
        } else {
            all.push_back(had_time && i < won.value_or(attempts_.size()) ? TargetState::silent
                                                                         : TargetState::unknown);
        }
    }
    return all;
}

}  // namespace node
