// node/cli/command_tree.hpp - what may be typed, as values: the commands with their options, as CLI11 was
// told them. Manual pages and completions are written from it, so that neither can miss a command.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace node {

struct TypedOption {
    std::vector<std::string> names;  // "-h", "--help"; empty: of a positional
    std::string value;               // "FILE", "NAME"; empty: it takes none
    std::string says;
    bool required = false;
};

struct TypedVerb {
    std::string path;  // "user add"; empty: the program itself
    std::string says;
    std::vector<std::string> verbs;  // that may follow: "add"
    std::vector<TypedOption> options, positionals;

    [[nodiscard]] std::string last_word() const { return path.substr(path.rfind(' ') + 1); }
};

/// The program first, then each command, in the order of --help, its own verbs behind it.
std::vector<TypedVerb> command_tree(const CLI::App& program);

}  // namespace node
