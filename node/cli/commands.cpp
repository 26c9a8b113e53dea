// node/cli/commands.cpp - what is common to the commands' descriptions.
#include "node/cli/commands.hpp"

#include <CLI/CLI.hpp>

namespace node {

void Commands::on(CLI::App& verb, Body body) {
    // CLI11 calls the innermost verb first, and then those around it.
    verb.callback([this, body = std::move(body)] {
        if (!chosen_) chosen_ = body;
    });
}

void Commands::add_passphrase_file(CLI::App& verb) {
    verb.add_option(
            "--passphrase-file", passphrase_.file,
            "File whose first line is the passphrase of the identity. Without it: the systemd credential "
            "hedgewitch-passphrase, or identity.pass in the state directory, or the terminal")
        ->type_name("FILE");
}

void Commands::add_ask_passphrase(CLI::App& verb) {
    verb.add_flag("--ask-passphrase", passphrase_.ask,
                  "Seal the identity with a passphrase that you type, now and at every start. By default "
                  "a random one is kept "
                  "in identity.pass beside it: that protects a copy of the key file alone, not against "
                  "somebody who can read "
                  "the whole state directory");
}

}  // namespace node
