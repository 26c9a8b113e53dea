// node/config/config_keys_reach.hpp - the keys of [reach] and [record], a part of the table in
// config_keys.cpp.
#pragma once

#include <array>

#include "node/config/config_keys.hpp"

namespace node {

const std::array<ConfigKey, 4>& reach_keys();

}  // namespace node
