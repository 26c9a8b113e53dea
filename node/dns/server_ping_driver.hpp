// node/dns/server_ping_driver.hpp - asks the servers themselves, once, past libunbound: because libunbound
// answers SERVFAIL whatever the servers said, and waits a quarter of a minute for one that is not there at
// all. What a ping hears is told to people and ends waiting; it is never used as an answer. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/dns/dnssec_resolver.hpp"
#include "sip/flow.hpp"

namespace node {

class ServerPing {
public:
    using Done = std::function<void(const PingResult&)>;

    /// Asks each of `servers` (not empty) by UDP for `name`, which has no trailing dot. Calls `done` once,
    /// from the loop, never before this returns, at the first answer, when all are known to be unreachable,
    /// or after `patience`; not after this is destroyed. May be destroyed from `done`.
    ServerPing(asio::io_context& loop, const std::vector<sip::Endpoint>& servers, const std::string& name,
               DnsType type, std::chrono::milliseconds patience, Done done);
    ~ServerPing();
    ServerPing(const ServerPing&) = delete;  // handlers point at its parts
    ServerPing& operator=(const ServerPing&) = delete;

private:
    struct State;
    std::shared_ptr<State> state_;  // handlers hold it weakly
};

/// The nameserver lines of a resolv.conf, port 53; at most 8.
std::vector<sip::Endpoint> servers_of(const std::filesystem::path& resolv_conf);

}  // namespace node
