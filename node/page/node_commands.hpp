// node/page/node_commands.hpp - how the page asks the running node: what commands ask over the control socket
// (node/daemon/control_server.hpp), in the same words.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <tl/expected.hpp>

namespace node {

class NodeCommands {
public:
    /// {"command":"status"} and so on; the result, or a sentence that says why not. Waits for the node's
    /// loops, some milliseconds; "explain" and "ping" wait for others' nodes, 20 s at the most. Page thread
    /// only.
    [[nodiscard]] virtual tl::expected<nlohmann::ordered_json, std::string> ask(
        const nlohmann::ordered_json& request) = 0;

protected:
    ~NodeCommands() = default;
};

}  // namespace node
