// node/dns/unbound_client.hpp - asks DNS one question at a time, through libunbound, without ever blocking
// the loop. libunbound works in a thread of its own (ub_ctx_async) and writes to a pipe; that pipe is watched
// by asio, and the answers are handed out on the loop. Cache, TTLs, CNAME chains, TCP retries and DNSSEC are
// libunbound's. Nothing below .alt leaves the machine, whoever leads there (RFC 9476). SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "node/dns/dns_reply.hpp"
#include "sip/flow.hpp"

namespace node {

struct DnsServers {
    std::vector<sip::Endpoint> forward;  // who is asked; empty: those of resolv_conf
    std::filesystem::path resolv_conf = "/etc/resolv.conf";
    std::filesystem::path hosts_file;  // empty: none; else its names answer first
    /// DS or DNSKEY records in zone file format, one each. Empty: nothing is validated. With one, a server
    /// that strips signatures makes every signed name below it bogus.
    std::vector<std::string> trust_anchors;
    /// Domains of private networks, which the signed root knows nothing of: unsigned is no forgery there.
    std::vector<std::string> unsigned_domains;
};

class DnsClient {
public:
    using Done = std::function<void(const DnsReply&)>;

    /// Throws std::runtime_error when libunbound refuses the servers (no resolv.conf, bad file).
    DnsClient(asio::io_context& loop, const DnsServers& servers);
    /// Ends libunbound's thread; what is under way is never answered. May be called from a Done.
    ~DnsClient();
    DnsClient(const DnsClient&) = delete;  // libunbound's callbacks point back here
    DnsClient& operator=(const DnsClient&) = delete;

    /// `name` without trailing dot. Calls `done` once, from the loop, never before this returns; not after
    /// cancel(). There is no time limit here: libunbound may try for a minute. Returns what cancel() takes.
    QuestionId ask(const std::string& name, DnsType type, Done done);
    /// Forgets the question; unknown ones are ignored. libunbound still finishes it for its cache.
    void cancel(QuestionId id);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;  // its handlers hold it weakly
};

}  // namespace node
