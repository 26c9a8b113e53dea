// node/cli/texts.hpp - completion, manual: what the program can write about itself.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

/// Last: it tells of all that were added before.
void add_text_commands(CLI::App& app, Commands& commands);

}  // namespace node
