// node/cli/invite.hpp - invite, invite list, invite remove.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_invite_commands(CLI::App& app, Commands& commands);

}  // namespace node
