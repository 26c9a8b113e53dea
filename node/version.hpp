// node/version.hpp - which Hedgewitch this is.
#pragma once

namespace node {

inline constexpr const char* version = "0.4.0";

}  // namespace node
