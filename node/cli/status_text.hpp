// node/cli/status_text.hpp - the node's status in sentences: can others reach me, and what to do if not.
#pragma once

#include <string>

#include "node/daemon/node_status.hpp"

namespace node {

std::string status_text(const NodeStatus& status);

}  // namespace node
