// node/routing/trace.hpp - the whole account of one lookup: each step, then the answer.
#pragma once

#include <string>
#include <vector>

#include "node/routing/step.hpp"
#include "node/state/trust_table.hpp"

namespace node {

struct Trace {
    std::string uri;
    std::vector<StepAnswer> steps;  // in the order in which they answered
    sip::RouteAnswer answer;
    std::optional<TrustEntry> binding;  // which key the name is bound to, and a key that waits
    std::chrono::milliseconds elapsed{0};
};

}  // namespace node
