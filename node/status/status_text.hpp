// node/status/status_text.hpp - the node's status in sentences: can others reach me, and what to do if not.
#pragma once

#include <string>
#include <vector>

#include "node/status/node_status.hpp"

namespace node {

/// One plain sentence or two an entry, without a line's end.
struct StatusSentences {
    std::vector<std::string> warnings;  // what a person has to decide or to mend before all else
    std::vector<std::string> reach;     // can others find, reach and hear me
    std::vector<std::string> users;     // one for each user, in the order of NodeStatus::users; never empty
    std::vector<std::string> dns;       // what is wrong with its answers
};
[[nodiscard]] StatusSentences status_sentences(const NodeStatus& status);

/// Somebody has tried to log in as that user, however the name was written.
[[nodiscard]] bool concerns(const LoginFailure& failure, const std::string& user);

/// All of it, and the figures behind.
std::string status_text(const NodeStatus& status);

}  // namespace node
