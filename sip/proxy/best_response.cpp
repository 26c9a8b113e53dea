// sip/proxy/best_response.cpp - the rank of a status, and what it says of whom.
#include "sip/proxy/best_response.hpp"

#include <algorithm>
#include <cassert>

#include "sip/proxy/forwarded_message.hpp"

namespace sip {

namespace {

// The lower, the better.
int rank(int status) {
    if (status >= 600) return 0;
    int within = 5;
    switch (status) {
        case 401:
        case 407: within = 0; break;
        case 415:
        case 420:
        case 484: within = 1; break;
        case 480: within = 6; break;
        case 408: within = 7; break;
        case 430: within = 8; break;
        case 487:
        case 503: within = 9; break;
        default: break;
    }
    return status / 100 * 10 + within;
}

bool challenges(int status) {
    return status == 401 || status == 407;
}

}  // namespace

std::size_t best_of(const std::vector<Refusal>& refusals) {
    assert(!refusals.empty());
    const auto best =
        std::min_element(refusals.begin(), refusals.end(),
                         [](const Refusal& a, const Refusal& b) { return rank(a.status) < rank(b.status); });
    return static_cast<std::size_t>(best - refusals.begin());
}

Refusal best_response(const std::vector<Refusal>& refusals) {
    const std::size_t best = best_of(refusals);
    Refusal chosen = refusals[best];
    if (challenges(chosen.status)) {
        std::vector<std::string> others;
        for (std::size_t i = 0; i < refusals.size(); ++i) {
            if (i != best && challenges(refusals[i].status)) others.push_back(refusals[i].bytes);
        }
        chosen.bytes = with_challenges(chosen.bytes, others);
    }
    // §16.7 step 6: "A proxy which receives a 503 response SHOULD NOT forward it upstream".
    // Ours (nobody could be reached) is what 480 means.
    if (chosen.status == 503 || chosen.status == 430) chosen = {chosen.bytes.empty() ? 480 : 500, {}};
    return chosen;
}

bool another_hop_may_help(int status) {
    return status == 408 || status == 430 || status == 503;
}

bool was_there(int status) {
    return status == 401 || status == 407 || status == 486 || status == 487 || status >= 600;
}

}  // namespace sip
