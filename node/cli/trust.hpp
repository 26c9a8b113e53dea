// node/cli/trust.hpp - trust list, accept, reject, pin, forget: whom this node believes.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_trust_commands(CLI::App& app, Commands& commands);

}  // namespace node
