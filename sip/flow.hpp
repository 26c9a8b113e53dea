// sip/flow.hpp - the way a message came, which is the way its answer goes (RFC 3261 §18.2.2, RFC 3581, RFC
// 5626).
#pragma once

#include <asio/ip/address.hpp>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace sip {

enum class Transport : std::uint8_t { udp, tcp, tls, ws, wss };
std::string_view name(Transport t) noexcept;       // "UDP", as in Via
std::string_view uri_value(Transport t) noexcept;  // "udp", as in ;transport=

struct Endpoint {
    asio::ip::address address;
    std::uint16_t port = 0;
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
    friend std::strong_ordering operator<=>(const Endpoint& a, const Endpoint& b) noexcept {
        if (a.address < b.address) return std::strong_ordering::less;  // asio has no <=> for addresses
        if (b.address < a.address) return std::strong_ordering::greater;
        return a.port <=> b.port;
    }
};
std::string to_string(const Endpoint& e);           // "192.0.2.1:5060", "[2001:db8::1]:5060"
std::string host_text(const asio::ip::address& a);  // with brackets for IPv6
/// Who is counted as one source: an IPv4 address, or an IPv6 /64 (what one customer gets, RFC 6177).
[[nodiscard]] asio::ip::address source_of(const asio::ip::address& a);

/// A value: may be kept after its connection is gone; sending on it is then an error, not a crash.
struct Flow {
    Transport transport = Transport::udp;
    Endpoint local;  // the very address the message came to: replies leave from it
    Endpoint remote;
    std::uint64_t connection = 0;  // 0 for UDP; never reused in one run
    friend auto operator<=>(const Flow&, const Flow&) = default;
};

}  // namespace sip
