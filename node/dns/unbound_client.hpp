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

#include "node/dns/asked.hpp"
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

enum class DnsType : std::uint16_t { a = 1, txt = 16, aaaa = 28, srv = 33, naptr = 35, dnskey = 48 };
std::string_view name(DnsType type) noexcept;
enum class DnsStatus : std::uint8_t {
    found,
    nxdomain,
    nodata,    // the name exists, this type does not
    servfail,  // and every other rcode
    refused,  // REFUSED or NOTIMP: this server will never say more. DnsService finds out; here it is servfail
    unreachable,  // no server listens, or no network; DnsService finds out, libunbound only waits
    silent,       // no answer by the deadline; the lookups find out
    bogus,        // DNSSEC validation failed
    error,        // libunbound itself failed
};
bool is_failure(DnsStatus status) noexcept;  // neither found nor a denial
bool is_answer(DnsStatus status) noexcept;   // DnsReply::security says something about it

struct DnsReply {
    DnsStatus status = DnsStatus::error;
    DnsSecurity security = DnsSecurity::insecure;
    std::vector<std::string> records;  // RDATA, as on the wire; at most 64
    std::string error;                 // why, for every failure
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
    /// cancel(). There is no time limit here: libunbound may try for a minute. Returns a ticket for cancel().
    std::uint64_t ask(const std::string& name, DnsType type, Done done);
    /// Forgets the question; unknown tickets are ignored. libunbound still finishes it for its cache.
    void cancel(std::uint64_t ticket);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;  // its handlers hold it weakly
};

}  // namespace node
