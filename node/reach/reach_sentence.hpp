// node/reach/reach_sentence.hpp - can others reach this node, how, and what to do if not: one plain sentence.
#pragma once

#include <string>

#include "node/reach/reachability.hpp"

namespace node {

[[nodiscard]] std::string reach_sentence(const Reachability& reach);

}  // namespace node
