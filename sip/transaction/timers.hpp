// sip/transaction/timers.hpp - the timers of RFC 3261 §17 (table 4) and §16.6, once for everybody who repeats
// requests or answers.
#pragma once

#include <chrono>

namespace sip::timers {

// §17.1.1.1: the round-trip estimate; the first repetition.
inline constexpr std::chrono::milliseconds t1{500};
// The longest pause of a non-INVITE request and of an answer.
inline constexpr std::chrono::milliseconds t2{4000};
// The longest a message stays in the network; timers I and K.
inline constexpr std::chrono::milliseconds t4{5000};

// Timers B and F: how long an answer is waited for. D, H, J, L and M: how long what is repeated may still
// come.
inline constexpr std::chrono::milliseconds timeout = 64 * t1;

// §16.6 step 11, timer C: how long a proxied call may ring. "MUST be larger than 3 minutes"
inline constexpr std::chrono::seconds c{185};

}  // namespace sip::timers
