// node/names/host_name.hpp - what a host name looks like once it is ASCII (idn.hpp makes it so).
#pragma once

#include <string_view>

namespace node {

/// Letters, digits, hyphens, underscores; labels of 1..63, 253 in all; no trailing dot.
bool is_host_name(std::string_view text) noexcept;

}  // namespace node
