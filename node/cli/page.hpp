// node/cli/page.hpp - page, page password: how a browser gets to the node's page.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_page_commands(CLI::App& app, Commands& commands);

}  // namespace node
