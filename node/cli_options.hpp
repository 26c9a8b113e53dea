// node/cli_options.hpp - what the command line says, and who describes which commands to CLI11.
// Only the cli*.cpp files include it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "node/commands.hpp"

namespace node {

struct Options {
    std::string config_file, state_dir, passphrase_file, name, uri;
    bool ask_passphrase = false, if_missing = false, password_stdin = false, json = false, qr = false,
         yes = false, replace = false;
    InviteOptions invite;
    std::function<int(const CommandContext&)> command;  // the chosen one
};

void add_passphrase_file(CLI::App& command, Options& o);
void add_invite_commands(CLI::App& app, Options& o);

}  // namespace node
