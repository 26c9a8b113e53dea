// node/cli/user.hpp - user add, passwd, strangers, delivery, remove, unlist, relist, list: the accounts of
// the phones.
#pragma once

#include <string>

#include "node/cli/commands.hpp"

namespace node {

void add_user_commands(CLI::App& app, Commands& commands);

/// The canonical form. Throws std::runtime_error: `name` is no user name.
std::string user_label(const std::string& name);

}  // namespace node
