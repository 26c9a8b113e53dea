// sip/proxy/best_response.hpp - what a refusal says, and of many the one that the caller is told (RFC 3261
// §16.7 steps 6 and 7).
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sip {

/// Where a branch ended. `bytes` is the response as it is to be passed on; empty: nobody said it, we conclude
/// it (408: no answer in time; 503: no way there; 487: cancelled unheard).
struct Refusal {
    int status = 500;
    std::string bytes;
};

/// Which one. REQUIRES: not empty, none is below 300.
///   6xx before all; else the lowest class; within it what the caller can do something about (401, 407, 415,
///   420, 484), then what a phone said of its person (486 ...), and last that nobody was there (480, 408,
///   430, 487). A 503 of one way is not the caller's business while another way said anything.
[[nodiscard]] std::size_t best_of(const std::vector<Refusal>& refusals);

/// The response to pass on: that of best_of(), with the challenges of every 401 and 407 when it is one
/// itself. Empty bytes: to be written by us, with this status. A 503 or 430 says something about a way, not
/// about the callee: it becomes 500, or 480 when it is our own conclusion.
[[nodiscard]] Refusal best_response(const std::vector<Refusal>& refusals);

/// It was of this way, not of the person.
[[nodiscard]] bool another_hop_may_help(int status);
/// Somebody there has decided, or the caller must log in: who was found was the right one.
[[nodiscard]] bool was_there(int status);

}  // namespace sip
