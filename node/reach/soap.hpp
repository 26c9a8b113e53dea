// node/reach/soap.hpp - an action of a UPnP service as HTTP says it, and what came of it (UPnP Device
// Architecture 1.1 §3.2). miniupnpc has the same, but nobody can tell it from which of our addresses to ask,
// and a router makes a hole only for the address that asks (upnp_firewall.hpp). Texts in, texts out: no
// socket. Any thread.
#pragma once

#include <asio/ip/address_v6.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace node {

/// Where an "http://[address]:port/path" leads.
struct HttpPlace {
    asio::ip::address_v6 address;
    std::uint16_t port = 80;
    std::string host, path;  // as they were written
};
/// Nothing: another scheme, a name or IPv4, or characters that could be taken for more than a path.
[[nodiscard]] std::optional<HttpPlace> http_place(std::string_view url);

using SoapArguments = std::vector<std::pair<std::string, std::string>>;
/// REQUIRES: the arguments are numbers, addresses and names of ours; `service` passed is_service_type().
[[nodiscard]] std::string soap_post(const HttpPlace& at, std::string_view service, std::string_view action,
                                    const SoapArguments& arguments);
/// "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1": nothing that XML or HTTP would read as more.
[[nodiscard]] bool is_service_type(std::string_view text) noexcept;

struct SoapAnswer {
    int code = 0;  // 0, or the service's error
    std::string body;
    /// What stands between this tag and its end; empty: it is not there.
    [[nodiscard]] std::string_view value(std::string_view tag) const;
};
inline constexpr std::size_t longest_soap = std::size_t{16} * 1024;
/// Is all of it there? By its Content-Length; without one it ends with its connection.
[[nodiscard]] bool is_whole_answer(std::string_view http);
/// Nothing: it is no answer of a UPnP service.
[[nodiscard]] std::optional<SoapAnswer> parse_soap(std::string_view http);

}  // namespace node
