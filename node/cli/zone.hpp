// node/cli/zone.hpp - zone delegate, revoke, list: this node as the authority of a mesh or village.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_zone_commands(CLI::App& app, Commands& commands);

}  // namespace node
