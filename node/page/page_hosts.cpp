// node/page/page_hosts.cpp - takes Host apart, and looks its name up.
#include "node/page/page_hosts.hpp"

#include <algorithm>
#include <asio/ip/address.hpp>

#include "sip/syntax/letter_case.hpp"

namespace node {
namespace {

constexpr std::size_t longest_host = 253 + 6;  // a DNS name, and ":65535"
constexpr std::string_view https = "https://", https_port = ":443";

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Of a name, an address or a port; whatever else stands there, no reader of addresses is to see.
bool is_of_a_host(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-_:[]%").find(c) != std::string_view::npos;
}

/// "443" is what a browser leaves out.
std::string_view without_default_port(std::string_view host) {
    return host.ends_with(https_port) ? host.substr(0, host.size() - https_port.size()) : host;
}

}  // namespace

PageHosts::PageHosts(const std::vector<std::string>& names) : names_{"localhost"} {
    for (const auto& name : names)
        names_.insert(sip::lowercase(name));
}

bool PageHosts::is_ours(std::string_view host) const {
    if (host.size() > longest_host || !std::all_of(host.begin(), host.end(), is_of_a_host)) return false;
    std::string_view name = host;
    const auto bracket = host.rfind(']');
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        if (!is_port(host.substr(colon + 1))) return false;
        name = host.substr(0, colon);
    }
    asio::error_code none;
    if (name.starts_with('[') && name.ends_with(']') && name.size() > 2) {
        asio::ip::make_address_v6(std::string(name.substr(1, name.size() - 2)), none);
        return !none;
    }
    if (names_.contains(sip::lowercase(name))) return true;
    asio::ip::make_address_v4(std::string(name), none);
    return !none;
}

bool PageHosts::is_same(std::string_view origin, std::string_view host) {
    return origin.starts_with(https) && sip::lowercase(without_default_port(origin.substr(https.size()))) ==
                                            sip::lowercase(without_default_port(host));
}

}  // namespace node
