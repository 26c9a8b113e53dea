// simulations/scenario.hpp - one thing that could happen to a network, and what must hold while it does.
// Each scenario is one file in scenarios/, and one entry of all_scenarios().
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "overlay/inner_record.hpp"

namespace simulations {

class Run;

/// When most of them begin: 12:00 UTC, far from the hours in which a name has two days' locations.
inline constexpr overlay::UnixSeconds noon = overlay::UnixSeconds{20000} * 86400 + 43200;

struct Setting {
    std::string_view name;
    double value;  // unless told otherwise
    std::string_view meaning;
};

struct Scenario {
    std::string_view name;
    std::string_view story;  // what happens, and what is promised
    std::size_t nodes;       // unless told otherwise
    std::vector<Setting> settings;
    void (*play)(Run&);
};

/// All of them, in the order of the README.
std::span<const Scenario> all_scenarios();
/// Null when none is called that.
const Scenario* find_scenario(std::string_view name);

}  // namespace simulations
