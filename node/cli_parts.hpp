// node/cli_parts.hpp - commands that have a file of their own in the description of the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "node/commands.hpp"

namespace node {

/// The command that was chosen; what it needs it holds itself.
using Chosen = std::function<int(const CommandContext&)>;

void add_trust_commands(CLI::App& app, Chosen& chosen);
void add_contact_commands(CLI::App& app, Chosen& chosen);

}  // namespace node
