// sip/now.hpp - the time of one event, on both clocks. Cores never read a clock: it is handed in.
#pragma once

#include <chrono>

namespace sip {

/// Steady for timers, wall for what outlives a restart.
struct Now {
    std::chrono::steady_clock::time_point steady;
    std::chrono::sys_seconds wall;
};

}  // namespace sip
