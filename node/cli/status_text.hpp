// node/cli/status_text.hpp - the node's status in sentences: can others reach me, and what to do if not.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace node {

/// `status` is what the control socket's "status" gives.
std::string status_text(const nlohmann::ordered_json& status);

}  // namespace node
