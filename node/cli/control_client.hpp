// node/cli/control_client.hpp - the command's side of the control socket (daemon/control_server.hpp):
// blocking, with a deadline.
#pragma once
#include "node/cli/control_client.hpp"

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace node {

using Json = nlohmann::ordered_json;

/// The node does not run, or does not answer.
class NotRunning : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One request, blocking, from a command. Throws NotRunning; std::runtime_error with the node's own words
/// when it answered with an error.
Json ask_node(const std::filesystem::path& socket, const Json& request,
              std::chrono::seconds patience = std::chrono::seconds(10));

}  // namespace node
