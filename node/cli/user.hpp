// node/cli/user.hpp - user add, passwd, strangers, delivery, remove, unlist, relist, list: the accounts of
// the phones.
#pragma once

#include "node/cli/commands.hpp"

namespace node {

void add_user_commands(CLI::App& app, Commands& commands);

}  // namespace node
