// node/cli/device.hpp - device certify, list, forget at the node that holds the seed; install and status at
// the one that does not.
#pragma once

#include <optional>
#include <string>

#include "node/cli/commands.hpp"

namespace node {

void add_device_commands(CLI::App& app, Commands& commands);

/// Said after a change that this node's owner's other nodes learn of by new certificates alone.
void remind_of_devices(Database& db);

/// A user here whose names are those of another key, which has certified this node.
struct CertifiedUser {
    crypto::PublicKey owner{};
    bool listed = false;
};
std::optional<CertifiedUser> certified_user(Database& db, const std::string& label);

}  // namespace node
