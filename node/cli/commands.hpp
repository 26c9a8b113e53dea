// node/cli/commands.hpp - which command the person typed. The file of each command adds its verbs to CLI11,
// says here what they do, and keeps their options to itself.
#pragma once

#include <functional>

#include "node/cli/command.hpp"

namespace CLI {
class App;
}

namespace node {

class Commands {
public:
    using Body = std::function<int(const CommandContext&)>;

    Commands() = default;
    Commands(const Commands&) = delete;  // CLI11 writes here
    Commands& operator=(const Commands&) = delete;

    /// `verb` does this, unless one of its own verbs was typed.
    void on(CLI::App& verb, Body body);
    /// --passphrase-file: of every command that unseals or seals the identity.
    void add_passphrase_file(CLI::App& verb);
    /// --ask-passphrase: of those that seal it.
    void add_ask_passphrase(CLI::App& verb);

    // REQUIRES: the command line was read.
    [[nodiscard]] const PassphraseSource& passphrase() const noexcept { return passphrase_; }
    [[nodiscard]] int run(const CommandContext& context) const { return chosen_(context); }

private:
    Body chosen_;
    PassphraseSource passphrase_;
};

}  // namespace node
