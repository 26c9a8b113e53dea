// node/page/overview_view.hpp - the first page: whether all is well. Pure; any thread.
#pragma once

#include "node/page/page_view.hpp"
#include "node/status/node_status.hpp"

namespace node {

/// Whether all is well: what has to be mended, can others find, reach and hear me, each user, who I am.
void overview_view(PageView& view, const NodeStatus& status);

}  // namespace node
