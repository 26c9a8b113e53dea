// node/dns/dns_reply.hpp - the types of records that are asked for, and what DNS says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "node/dns/asked.hpp"

namespace node {

enum class DnsType : std::uint16_t { a = 1, txt = 16, aaaa = 28, srv = 33, naptr = 35, dnskey = 48 };
std::string_view name(DnsType type) noexcept;
enum class DnsStatus : std::uint8_t {
    found,
    nxdomain,
    nodata,       // the name exists, this type does not
    servfail,     // and every other rcode
    refused,      // REFUSED or NOTIMP: this server will never say more. libunbound calls it servfail
    unreachable,  // no server listens, or no network; libunbound only waits
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

}  // namespace node
