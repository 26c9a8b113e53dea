// node/reach/upnp_offer.cpp - a URL's host, and what is said of it.
#include "node/reach/upnp_offer.hpp"

#include <algorithm>

namespace node {
namespace {

constexpr std::string_view scheme = "http://";
constexpr std::size_t longest_shown = 64;

bool may_be_shown(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

/// Empty: it has none that could be shown.
std::string host_in(std::string_view url) {
    if (const auto six = host6_of(url)) return six->to_string();
    if (!url.starts_with(scheme)) return {};
    const auto host = url.substr(scheme.size(), url.find_first_of(":/?#", scheme.size()) - scheme.size());
    const bool good = host.size() <= longest_shown && std::all_of(host.begin(), host.end(), may_be_shown);
    return good ? std::string(host) : std::string();
}

}  // namespace

std::optional<asio::ip::address_v6> host6_of(std::string_view url) {
    if (!url.starts_with(scheme) || !url.substr(scheme.size()).starts_with('[')) return std::nullopt;
    url.remove_prefix(scheme.size() + 1);
    const auto end = url.find(']');  // npos is longer than any
    if (end > longest_shown || end + 1 == url.size() || (url[end + 1] != ':' && url[end + 1] != '/'))
        return std::nullopt;
    asio::error_code error;
    const auto host = asio::ip::make_address_v6(std::string(url.substr(0, end)), error);
    if (error) return std::nullopt;
    return asio::ip::address_v6(host.to_bytes());  // without a scope
}

bool is_of(std::string_view url, const asio::ip::address& host) {
    if (host.is_v6()) return host6_of(url) == asio::ip::address_v6(host.to_v6().to_bytes());
    const std::string begin = std::string(scheme) + host.to_string();
    return url.starts_with(begin) && url.size() > begin.size() &&
           (url[begin.size()] == ':' || url[begin.size()] == '/');
}

std::string why_not_believed(std::string_view url, const asio::ip::address& router) {
    if (is_of(url, router)) return {};
    const std::string host = host_in(url);
    if (host.empty()) return "something on the network offers UPnP at an address that cannot be read";
    asio::error_code no_address;
    (void)asio::ip::make_address(host, no_address);
    if (no_address)
        return "something on the network offers UPnP by the name " + host +
               ", which is not believed: anything there may say so, and only the address " +
               router.to_string() + " itself is the router's";
    return "another host on the network, " + host +
           ", offers UPnP, which is not believed: anything there may, and the default route leads to " +
           router.to_string();
}

}  // namespace node
