// node/daemon/control_server.hpp - how commands talk to the running node: a Unix socket, one JSON object a
// line, both ways.
//   -> {"command":"lookup","uri":"sip:..."}    <- {"ok":true,"result":{...}}  or  {"ok":false,"error":"..."}
// The socket is 0600 in a 0700 directory: who may connect already owns the node's files.
// Bounded: 16 connections, 4 KiB a request line, one request at a time each, 60 s without one. A descriptor
// is kept back, so that a node without any still answers.
#pragma once

#include <asio/io_context.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

namespace node {

inline constexpr std::size_t max_control_line = 4096;
inline constexpr std::size_t max_control_connections = 16;

using Json = nlohmann::ordered_json;

/// The loop that it was given, only.
class ControlServer {
public:
    using Reply = std::function<void(Json result)>;
    using Fail = std::function<void(std::string error)>;
    /// Calls one of the two, once, now or later, on the loop.
    using Handler = std::function<void(const Json& request, Reply reply, Fail fail)>;

    /// REQUIRES: the caller holds the node's LockFile, so that a socket already there is stale, and is
    /// replaced. Throws std::system_error with the path in what().
    ControlServer(asio::io_context& loop, std::filesystem::path socket, Handler handler);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;  // pending reads point back here
    ControlServer& operator=(const ControlServer&) = delete;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace node
