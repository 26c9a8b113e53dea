// node/cli/device.hpp - device certify, list, forget at the node that holds the seed; install and status at
// the one that does not.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_device_commands(CLI::App& app, Commands& commands);

}  // namespace node
