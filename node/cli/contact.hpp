// node/cli/contact.hpp - contact add, list, remove, rename, export, import.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_contact_commands(CLI::App& app, Commands& commands);

}  // namespace node
