// node/cli/callers.hpp - callers list, accept, reject, unblock: what the person decides about those who are
// no contacts.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_callers_commands(CLI::App& app, Commands& commands);

}  // namespace node
