// node/reach/reach_sentence.hpp - can others reach this node, how, and what to do if not: one plain sentence.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "node/reach/reachability.hpp"

namespace node {

[[nodiscard]] std::string reach_sentence(const Reachability& reach);
/// For `status --json`: the sentence, and what it is made of.
[[nodiscard]] nlohmann::ordered_json reach_json(const Reachability& reach, Reachability::Time now);

}  // namespace node
