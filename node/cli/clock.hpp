// node/cli/clock.hpp - clock accept: what this node believes about the time is forgotten.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_clock_commands(CLI::App& app, Commands& commands);

}  // namespace node
