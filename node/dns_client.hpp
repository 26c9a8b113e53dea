// node/dns_client.hpp - asks DNS one question at a time, through libunbound, without ever blocking the loop.
// libunbound works in a thread of its own (ub_ctx_async) and writes to a pipe; that pipe is watched by asio,
// and the answers are handed out on the loop. Cache, TTLs, CNAME chains, TCP retries and DNSSEC are
// libunbound's. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "node/dns_step.hpp"
#include "sip/flow.hpp"

namespace node {

struct DnsServers {
    std::vector<sip::Endpoint> forward;  // who is asked; empty: those of resolv_conf
    std::filesystem::path resolv_conf = "/etc/resolv.conf";
    std::filesystem::path hosts_file;  // empty: none; else its names answer first
    /// DS or DNSKEY records in zone file format, such as /usr/share/dns/root.key. Empty: nothing is
    /// validated. With one, a server that strips signatures makes every signed name bogus.
    std::filesystem::path trust_anchors;
};

enum class DnsType : std::uint16_t { a = 1, aaaa = 28, srv = 33 };
enum class DnsStatus : std::uint8_t {
    found,
    nxdomain,
    nodata,    // the name exists, this type does not
    servfail,  // and every other rcode
    bogus,     // DNSSEC validation failed
    error,     // libunbound itself failed
};

struct DnsReply {
    DnsStatus status = DnsStatus::error;
    DnsSecurity security = DnsSecurity::insecure;
    std::vector<std::string> records;  // RDATA, as on the wire; at most 64
    std::string error;                 // what libunbound says, for servfail, bogus and error
};

class DnsClient {
public:
    using Done = std::function<void(const DnsReply&)>;

    /// Throws std::runtime_error when libunbound refuses the servers (no resolv.conf, bad file).
    DnsClient(asio::io_context& loop, const DnsServers& servers);
    /// Ends libunbound's thread; what is under way is never answered. Not from inside a Done.
    ~DnsClient();
    DnsClient(const DnsClient&) = delete;  // libunbound's callbacks point back here
    DnsClient& operator=(const DnsClient&) = delete;

    /// `name` without trailing dot. Calls `done` once, from the loop, never before this returns; not after
    /// cancel(). There is no time limit here: libunbound may try for a minute. Returns a ticket for cancel().
    std::uint64_t ask(const std::string& name, DnsType type, Done done);
    /// Forgets the question; unknown tickets are ignored. libunbound still finishes it for its cache.
    void cancel(std::uint64_t ticket);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
