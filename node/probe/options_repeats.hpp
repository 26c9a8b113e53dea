// node/probe/options_repeats.hpp - when an OPTIONS over UDP is sent again: timer E of a non-INVITE client
// transaction (RFC 3261 §17.1.2.2). How long an answer is waited for is the asker's business. A core: time is
// handed in.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "sip/transaction/timers.hpp"

namespace node {

class OptionsRepeats {
public:
    using Time = std::chrono::steady_clock::time_point;

    /// REQUIRES: at_most > 0. How often it is sent in all.
    explicit OptionsRepeats(unsigned at_most = std::numeric_limits<unsigned>::max()) : left_(at_most) {}

    /// It was sent now.
    void sent(Time now) {
        --left_;
        // §17.1.2.2: in state Proceeding it is sent every T2.
        next_ = left_ == 0 ? std::nullopt : std::optional(now + (proceeding_ ? sip::timers::t2 : pause_));
        pause_ = std::min(2 * pause_, sip::timers::t2);
    }
    void provisional() noexcept { proceeding_ = true; }
    [[nodiscard]] std::optional<Time> next_wake() const { return next_; }

private:
    unsigned left_;
    std::chrono::milliseconds pause_ = sip::timers::t1;
    bool proceeding_ = false;
    std::optional<Time> next_;
};

}  // namespace node
