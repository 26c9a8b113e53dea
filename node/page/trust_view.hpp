// node/page/trust_view.hpp - names and their keys. Pure; any thread.
#pragma once

#include <chrono>
#include <vector>

#include "node/page/page_view.hpp"
#include "node/state/trust_table.hpp"

namespace node {

/// Names and their keys; keys that want another's place.
void trust_view(PageView& view, const std::vector<TrustEntry>& entries, std::chrono::sys_seconds now);

}  // namespace node
