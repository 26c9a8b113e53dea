// node/cli/manual.hpp - the manual pages hedgewitch(1) and hedgewitch.toml(5), from the texts of --help and
// of the table of keys. Pure.
#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "node/cli/command_tree.hpp"
#include "node/config/config_keys.hpp"

namespace node {

/// In roff, as man(7) has it. `date`: at its foot.
std::string program_manual(const std::vector<TypedVerb>& tree, std::chrono::sys_seconds date);
std::string configuration_manual(std::span<const ConfigKey> keys, const Config& defaults,
                                 std::chrono::sys_seconds date);

}  // namespace node
