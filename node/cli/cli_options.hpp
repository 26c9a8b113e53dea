// node/cli/cli_options.hpp - what the command line says, and who describes which commands to CLI11.
// Only the cli*.cpp files include it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "node/cli/command.hpp"

namespace node {

/// The command that was chosen; what it needs it holds itself.
using Chosen = std::function<int(const CommandContext&)>;

struct Options {
    std::string config_file, state_dir, passphrase_file, name, uri, user, key, mode;
    bool ask_passphrase = false, if_missing = false, password_stdin = false, json = false, qr = false,
         yes = false, replace = false;
    std::filesystem::path file;
    InviteOptions invite;
    RevokeOptions revoke;
    CertifyOptions certify;
    Chosen command;
};

void add_passphrase_file(CLI::App& command, Options& o);
void add_invite_commands(CLI::App& app, Options& o);
void add_trust_commands(CLI::App& app, Chosen& chosen);
void add_contact_commands(CLI::App& app, Chosen& chosen);
void add_callers_commands(CLI::App& app, Chosen& chosen);
void add_dns_commands(CLI::App& app, Chosen& chosen);
void add_zone_commands(CLI::App& app, Options& o);
void add_revoke_commands(CLI::App& app, Options& o);
void add_device_commands(CLI::App& app, Options& o);

}  // namespace node
