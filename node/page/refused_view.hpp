// node/page/refused_view.hpp - what was refused, and why. Pure; any thread.
#pragma once

#include "node/page/page_view.hpp"
#include "node/status/node_status.hpp"

namespace node {

/// What was refused since the node runs, and why.
void refused_view(PageView& view, const NodeStatus& status);

}  // namespace node
