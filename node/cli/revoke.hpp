// node/cli/revoke.hpp - revoke: the end of a key, our own or a friend's.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_revoke_command(CLI::App& app, Commands& commands);

}  // namespace node
