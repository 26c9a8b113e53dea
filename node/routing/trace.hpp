// node/routing/trace.hpp - the whole account of one lookup: each step, then the answer. For `hedgewitch
// lookup`, `explain` and tests.
#pragma once

#include <nlohmann/json.hpp>
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

/// {"uri", "status", "reason", "warning", "retry_after_s", "verified_by", "revoked",
/// "contacts":[{"uri","q"}],
/// "binding":{"name","key","source","shown_as","first_seen","last_seen","age_s","new_key","new_source"},
/// "elapsed_ms", "steps":[{"step", "verdict", "says", "elapsed_ms", "dns":[{"question","answer","security"}],
/// "values":[...], "delegations":[{"from","to"}], "edge_key", "refused_contacts":[...]}]}
/// What is not there is left out, "verified_by" and "binding" aside: null. `now` turns times into seconds
/// left and ages. No secret of an invite is in it.
nlohmann::ordered_json to_json(const Trace& trace, std::chrono::sys_seconds now);

/// Each step and what it was told, a paragraph each, from that JSON.
std::string steps_text(const nlohmann::ordered_json& trace);

/// The whole trace for people, from that JSON.
std::string trace_text(const nlohmann::ordered_json& trace);

}  // namespace node
