// node/cli/completion.hpp - what Tab makes of `hedgewitch ...` in a shell: commands, options, files. Pure.
#pragma once

#include <string>
#include <vector>

#include "node/cli/command_tree.hpp"

namespace node {

// Each a script, to be put where that shell looks for it, or sourced.
std::string bash_completion(const std::vector<TypedVerb>& tree);
std::string zsh_completion(const std::vector<TypedVerb>& tree);
std::string fish_completion(const std::vector<TypedVerb>& tree);

}  // namespace node
