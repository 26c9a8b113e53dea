// node/cli/explain.hpp - one lookup told to a person: first what happens to a call and why, in plain
// sentences; then what was asked and answered. From the JSON of trace.hpp, so that a command can do it
// without the node.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace node {

/// `trace` is to_json(Trace), and may have "delivery": [{"phone", "says"}].
std::string explanation(const nlohmann::ordered_json& trace);

}  // namespace node
