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
    if (!url.starts_with(scheme)) return {};
    const auto host = url.substr(scheme.size(), url.find_first_of(":/?#", scheme.size()) - scheme.size());
    const bool good = host.size() <= longest_shown && std::all_of(host.begin(), host.end(), may_be_shown);
    return good ? std::string(host) : std::string();
}

}  // namespace

bool is_of(std::string_view url, const asio::ip::address_v4& host) {
    const std::string begin = std::string(scheme) + host.to_string();
    return url.starts_with(begin) && url.size() > begin.size() &&
           (url[begin.size()] == ':' || url[begin.size()] == '/');
}

std::string why_not_believed(std::string_view url, const asio::ip::address_v4& router) {
    if (is_of(url, router)) return {};
    const std::string host = host_in(url);
    if (host.empty()) return "something on the network offers UPnP at an address that cannot be read";
    asio::error_code no_address;
    (void)asio::ip::make_address_v4(host, no_address);
    if (no_address)
        return "something on the network offers UPnP by the name " + host +
               ", which is not believed: anything there may say so, and only the address " +
               router.to_string() + " itself is the router's";
    return "another host on the network, " + host +
           ", offers UPnP, which is not believed: anything there may, and the default route leads to " +
           router.to_string();
}

}  // namespace node
