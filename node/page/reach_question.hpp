// node/page/reach_question.hpp - "Can I reach ...?" on the page: what `hedgewitch ping` and `hedgewitch
// explain` ask the node, and the very sentences that they print. Changes nothing. Page thread only.
#pragma once

#include <string>

#include "node/page/node_commands.hpp"
#include "node/page/notices.hpp"

namespace node {

enum class ReachQuestion : std::uint8_t {
    ping,     // does their node answer, over which way, how soon, and would there be sound
    explain,  // what would happen to a call, and why
};

/// `whom`: as a phone would dial it. Waits for others' nodes, 20 s at the most. Throws std::runtime_error, a
/// sentence: nothing was asked, or the node does not answer.
[[nodiscard]] Notice ask_reach(NodeCommands& node, ReachQuestion question, const std::string& whom);

}  // namespace node
