// node/dns/dns_reply.cpp - names, and what counts as what.
#include "node/dns/dns_reply.hpp"

namespace node {

std::string_view name(DnsType type) noexcept {
    switch (type) {
        case DnsType::a: return "A";
        case DnsType::txt: return "TXT";
        case DnsType::aaaa: return "AAAA";
        case DnsType::srv: return "SRV";
        case DnsType::naptr: return "NAPTR";
        case DnsType::dnskey: return "DNSKEY";
    }
    return "";
}

bool is_failure(DnsStatus status) noexcept {
    return status != DnsStatus::found && status != DnsStatus::nxdomain && status != DnsStatus::nodata;
}

bool is_answer(DnsStatus status) noexcept {
    return !is_failure(status) || status == DnsStatus::bogus;
}

std::string_view name(DnsSecurity security) noexcept {
    switch (security) {
        case DnsSecurity::insecure: return "insecure";
        case DnsSecurity::secure: return "secure";
        case DnsSecurity::bogus: return "bogus";
    }
    return "";
}

}  // namespace node
