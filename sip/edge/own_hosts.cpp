// sip/edge/own_hosts.cpp - which hosts in a URI mean this node.
#include "sip/edge/own_hosts.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <utility>

#include "sip/edge/edge_host.hpp"
#include "sip/syntax/uri.hpp"

namespace sip {

namespace {

asio::ip::address plain(const asio::ip::address& a) {
    if (a.is_v6() && a.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, a.to_v6());
    return a;
}

// An address literal, and what resolvers and phones take for one: IPv4 in one to four numbers, in hex and
// octal (inet_aton: 2130714113, 127.30.1), with a dot at the end.
asio::ip::address literal(std::string_view host, asio::error_code& no) {
    if (host.ends_with('.')) host.remove_suffix(1);
    const bool number_first = !host.empty() && host.front() >= '0' && host.front() <= '9';
    if (!number_first && host.find(':') == std::string_view::npos) {
        no = asio::error::invalid_argument;  // a name
        return {};
    }
    const std::string text(host);
    auto parsed = asio::ip::make_address(text, no);
    in_addr number{};
    const bool digits = !text.empty() && text.front() >= '0' && text.front() <= '9' &&
                        text.find_first_not_of("0123456789abcdefxABCDEFX.") == std::string::npos;
    if (!no || !digits || inet_aton(text.c_str(), &number) == 0) return parsed;
    no.clear();
    return asio::ip::address_v4(ntohl(number.s_addr));
}

}  // namespace

OwnHosts::OwnHosts(std::vector<std::string> domains, std::vector<Endpoint> listening, const EdgeHost* host)
    : domains_(std::move(domains)), listening_(std::move(listening)), host_(host) {
    for (std::string& domain : domains_)
        domain = lowercase(domain);
}

bool OwnHosts::contain(std::string_view host, std::optional<std::uint16_t> port, const Flow& flow) const {
    asio::error_code no;
    const auto parsed = literal(host, no);
    if (no) {
        if (equal_nocase(host, "localhost") || equal_nocase(host, "localhost."))
            return plain(flow.local.address).is_loopback();
        return has_domain(host);
    }
    const auto address = plain(parsed);
    const auto met = plain(flow.local.address);
    if (address == met && (!port || *port == flow.local.port)) return true;
    const bool listened = std::any_of(listening_.begin(), listening_.end(), [&](const Endpoint& e) {
        const auto bound = plain(e.address);
        const bool same = bound == address || (bound.is_unspecified() && address == met);
        return same && (!port || *port == e.port);
    });
    return listened || (host_ != nullptr && host_->leads_here(address, port));
}

bool OwnHosts::has_domain(std::string_view host) const {
    if (host.ends_with('.')) host.remove_suffix(1);
    return std::any_of(domains_.begin(), domains_.end(),
                       [host](const std::string& domain) { return equal_nocase(domain, host); });
}

std::string OwnHosts::name(const Flow& flow) const {
    return domains_.empty() ? to_string(flow.local) : domains_.front();
}

}  // namespace sip
