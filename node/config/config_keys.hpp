// node/config/config_keys.hpp - the table of configuration keys: name, what it does, how it is read and
// written.
#pragma once

#include <toml++/toml.h>

#include <span>
#include <string>
#include <string_view>

#include "node/config/config.hpp"

namespace node {

struct ConfigKey {
    std::string_view section;
    std::string_view name;  // empty: the section takes names of the user's own choosing ([pins], [zones])
    std::string_view comment;
    void (*read)(const toml::node& value, Config& into);  // throws BadValue (config_values.hpp)
    std::string (*write)(const Config& config);  // the TOML value; for an own-names section its lines
};

std::span<const ConfigKey> config_keys();

}  // namespace node
