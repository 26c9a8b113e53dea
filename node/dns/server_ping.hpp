// node/dns/server_ping.hpp - asks the servers themselves, once, past libunbound: because libunbound answers
// SERVFAIL whatever the servers said, and waits a quarter of a minute for one that is not there at all. What
// a probe hears is told to people and ends waiting; it is never used as an answer. SIP loop only.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "node/dns/unbound_client.hpp"
#include "sip/flow.hpp"

namespace node {

class DnsProbe {
public:
    struct Result {
        bool all_unreachable = false;  // each server: nothing listens there, or no way leads there
        std::optional<int> rcode;      // of the first that answered
        std::string server;            // "192.0.2.53:53": who answered, or could not be reached
    };
    using Done = std::function<void(const Result&)>;

    /// Asks each of `servers` (not empty) by UDP for `name`, which has no trailing dot. Calls `done` once,
    /// from the loop, never before this returns, at the first answer, when all are known to be unreachable,
    /// or after `patience`; not after this is destroyed. May be destroyed from `done`.
    DnsProbe(asio::io_context& loop, const std::vector<sip::Endpoint>& servers, const std::string& name,
             DnsType type, std::chrono::milliseconds patience, Done done);
    ~DnsProbe();
    DnsProbe(const DnsProbe&) = delete;  // handlers point at its parts
    DnsProbe& operator=(const DnsProbe&) = delete;

private:
    struct State;
    std::shared_ptr<State> state_;  // handlers hold it weakly
};

/// The nameserver lines of a resolv.conf, port 53; at most 8.
std::vector<sip::Endpoint> servers_of(const std::filesystem::path& resolv_conf);

}  // namespace node
