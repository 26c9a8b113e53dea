// node/cli/phone_link.hpp - a one-time link that sets a phone up, asked of the running node and printed with
// its QR code.
#pragma once

#include <filesystem>
#include <string>

#include "node/cli/command.hpp"

namespace node {

struct LinkOptions {
    std::string transport, encryption;  // empty: the node chooses
    bool https = false, json = false;
    std::filesystem::path png;  // empty: no picture
};

/// `password`: when it has just been made, else empty. Throws NotRunning; std::runtime_error with the node's
/// words.
void print_link(const CommandContext& context, const std::string& user, const std::string& password,
                const LinkOptions& options);

/// The same after `user add`, where a node that does not run is no error.
void offer_link(const CommandContext& context, const std::string& user, const std::string& password);

}  // namespace node
