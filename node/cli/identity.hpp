// node/cli/identity.hpp - init, address, backup, restore: the key pair that is the node, and what ends it.
#pragma once

#include <string>

#include "node/cli/commands.hpp"

namespace node {

void add_identity_commands(CLI::App& app, Commands& commands);

/// Asks `question` on the terminal, unless `yes`. Throws std::runtime_error, with `unless`, when there is
/// none.
bool confirmed(bool yes, const std::string& question, const std::string& unless);

}  // namespace node
