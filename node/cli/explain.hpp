// node/cli/explain.hpp - one lookup told to a person: first what happens to a call and why, in plain
// sentences; then what was asked and answered.
#pragma once

#include <string>

#include "node/routing/trace_report.hpp"

namespace node {

[[nodiscard]] std::string explanation(const TraceReport& trace);

}  // namespace node
