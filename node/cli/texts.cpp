// node/cli/texts.cpp - prints completions and manual pages of the program as it is.
#include "node/cli/texts.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <stdexcept>

#include "node/cli/completion.hpp"
#include "node/cli/manual.hpp"
#include "node/clock.hpp"

namespace node {
namespace {

int completion(const CLI::App& app, const std::string& shell) {
    const auto tree = command_tree(app);
    if (shell == "bash") {
        std::cout << bash_completion(tree);
    } else if (shell == "zsh") {
        std::cout << zsh_completion(tree);
    } else if (shell == "fish") {
        std::cout << fish_completion(tree);
    } else {
        throw std::runtime_error("there is no completion for \"" + shell + "\": bash, zsh or fish");
    }
    return exit_ok;
}

}  // namespace

void add_text_commands(CLI::App& app, Commands& commands) {
    const auto shell = std::make_shared<std::string>();
    auto* verb = app.add_subcommand("completion", "Print what Tab completes in a shell, to be sourced by it");
    verb->add_option("SHELL", *shell, "bash, zsh or fish")->required();
    commands.on(*verb, [&app, shell](const CommandContext&) { return completion(app, *shell); });

    const auto of_configuration = std::make_shared<bool>(false);
    verb = app.add_subcommand("manual", "Print the manual page, for `man -l -`");
    verb->add_flag("--configuration", *of_configuration, "That of hedgewitch.toml");
    commands.on(*verb, [&app, of_configuration](const CommandContext&) {
        Config defaults = Config::defaults();
        defaults.state_dir = "/var/lib/hedgewitch";  // not that of whoever prints it
        std::cout << (*of_configuration ? configuration_manual(config_keys(), defaults, build_time())
                                        : program_manual(command_tree(app), build_time()));
        return exit_ok;
    });
}

}  // namespace node
