// node/status/explain.hpp - one lookup told to a person: first what happens to a call and why, in plain
// sentences; then what was asked and answered.
#pragma once

#include <string>

#include "node/routing/trace_report.hpp"

namespace node {

/// What happens to a call and why: a line for each thing.
[[nodiscard]] std::string explained(const TraceReport& trace);
/// The same, and all that was asked.
[[nodiscard]] std::string explanation(const TraceReport& trace);

}  // namespace node
