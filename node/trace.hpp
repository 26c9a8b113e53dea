// node/trace.hpp - the whole account of one lookup: each step, then
// the answer. For `hedgewitch lookup` and tests.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "node/resolver.hpp"

namespace node {

struct Trace {
    std::string uri;
    std::vector<StepAnswer> steps;  // in the order in which they answered
    sip::RouteAnswer answer;
    std::chrono::milliseconds elapsed{0};
};

/// {"uri", "status", "reason", "warning", "verified_by", "contacts":[{"uri","q"}], "elapsed_ms",
/// "steps":[{"step", "verdict", "says", "dns":[...], "values":[...], "refused_contacts":[...]}]}; `now` turns
/// expiries into seconds left.
nlohmann::ordered_json to_json(const Trace& trace, std::chrono::sys_seconds now);

/// The same for people, from that JSON.
std::string trace_text(const nlohmann::ordered_json& trace);

}  // namespace node
