// node/dns/reply_text.cpp - RDATA as a zone file would have it.
#include "node/dns/reply_text.hpp"

#include <algorithm>

#include "node/dns/naptr.hpp"
#include "node/dns/rdata.hpp"
#include "node/dns/srv.hpp"

namespace node {
namespace {

constexpr std::size_t max_shown = 8;   // records
constexpr std::size_t max_text = 120;  // bytes of a text

std::string dot_for_root(const std::string& name) {
    return name.empty() ? "." : name;
}

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text.substr(0, max_text))
        out += c >= ' ' && c <= '~' && c != '"' ? c : '?';
    return out + (text.size() > max_text ? "...\"" : "\"");
}

std::string printable(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

std::string shown(DnsType type, const std::string& rdata) {
    switch (type) {
        case DnsType::srv:
            if (const auto srv = parse_srv(rdata))
                return std::to_string(srv->priority) + " " + std::to_string(srv->weight) + " " +
                       std::to_string(srv->port) + " " + dot_for_root(srv->target);
            break;
        case DnsType::naptr:
            if (const auto naptr = parse_naptr(rdata))
                return std::to_string(naptr->order) + " " + std::to_string(naptr->preference) + " " +
                       in_quotes(naptr->flags) + " " + in_quotes(naptr->services) + " " +
                       in_quotes(naptr->regexp) + " " + printable(dot_for_root(naptr->replacement));
            break;
        case DnsType::txt: {
            std::string text;
            RdataReader reader(rdata);
            while (const auto part = reader.text())
                text += *part;
            return in_quotes(text);
        }
        case DnsType::a:
        case DnsType::aaaa:
            if (const auto address = parse_address(rdata)) return address->to_string();
            break;
        case DnsType::dnskey: return "a key";
    }
    return "(malformed)";
}

}  // namespace

std::string summary(DnsType type, const DnsReply& reply) {
    switch (reply.status) {
        case DnsStatus::nxdomain: return "NXDOMAIN";
        case DnsStatus::nodata: return "no records";
        case DnsStatus::silent: return "no answer";
        case DnsStatus::servfail:
        case DnsStatus::refused:
        case DnsStatus::unreachable:
        case DnsStatus::error: return printable(reply.error);
        case DnsStatus::bogus: return "bogus: " + printable(reply.error);
        case DnsStatus::found: break;
    }
    std::string text;
    for (std::size_t i = 0; i < reply.records.size() && i < max_shown; ++i)
        text += (i == 0 ? "" : ", ") + shown(type, reply.records[i]);
    if (reply.records.size() > max_shown)
        text += " and " + std::to_string(reply.records.size() - max_shown) + " more";
    return text;
}

}  // namespace node
