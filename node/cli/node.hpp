// node/cli/node.hpp - run, status, lookup, explain, reload, stop, config: what has to do with the running
// node.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_node_commands(CLI::App& app, Commands& commands);

}  // namespace node
