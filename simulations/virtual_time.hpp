// simulations/virtual_time.hpp - owns steady_clock, system_clock and random_device of the whole executable.
// OpenDHT 2.4.12 reads both clocks and rolls dice itself, through its PLT: an executable that defines these
// symbols is what the unpatched shared library binds to. Real time and dice while no world has begun.
// One thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace simulations::virtual_time {

void begin(std::uint64_t seed, std::chrono::system_clock::time_point wall);
void advance_to(std::chrono::steady_clock::time_point now);
/// By how much the wall clock of whoever runs next is wrong.
void skew_wall(std::chrono::seconds skew);
void end();

/// What the machine's own clock says, for progress bars and figures of cost.
std::chrono::nanoseconds real_time();

}  // namespace simulations::virtual_time
