// overlay/contact_filter.hpp - which addresses a record of a stranger may send a call to.
// A record is signed by its owner, but the owner may be hostile: it must not aim our phones at our own
// machine, at our LAN, at a group, or at a service that is no phone. Pure functions; any thread.
#pragma once

#include <asio/ip/address.hpp>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "overlay/transport_address.hpp"

namespace overlay {

/// A block of addresses, as in "10.0.0.0/8" and "fd00::/8". Of one family: an IPv4 prefix holds no IPv6
/// address.
class Prefix {
public:
    /// The error is a sentence for whoever wrote the configuration, with what to write instead where we can
    /// tell.
    [[nodiscard]] static tl::expected<Prefix, std::string> parse(std::string_view text);
    /// Host bits are cleared. REQUIRES: length <= 32 (IPv4) or 128 (IPv6).
    Prefix(const asio::ip::address& address, unsigned length);

    [[nodiscard]] bool contains(const asio::ip::address& address) const;
    [[nodiscard]] const asio::ip::address& network() const noexcept { return network_; }
    [[nodiscard]] unsigned length() const noexcept { return length_; }
    [[nodiscard]] std::string to_string() const;
    friend bool operator==(const Prefix&, const Prefix&) = default;

private:
    asio::ip::address network_;
    unsigned length_;
};

enum class ContactVerdict : std::uint8_t {
    may_be_called,
    low_port,     // below 1024: no phone's port, but other services'
    unspecified,  // reaches this very machine on many systems
    multicast,
    broadcast,
    reserved,     // leads nowhere, or hides another address in a way nobody uses today
    own_address,  // this node: the call would come back to us
    loopback,     // this one and the next two: unless a mesh prefix holds the address
    link_local,
    private_network,  // RFC 1918, shared (100.64/10), unique local, and whatever is not global
};

/// For `lookup` and the trace: "loopback". Empty for may_be_called.
[[nodiscard]] std::string_view reason(ContactVerdict verdict) noexcept;

/// The IPv4 address inside an IPv6 one (mapped, compatible, translated, NAT64 64:ff9b::/96, 6to4), else the
/// address itself, without its scope. Whoever sends to the outer one ends at the inner one.
[[nodiscard]] asio::ip::address unwrapped(const asio::ip::address& address);

/// 2000::/3 for IPv6; for IPv4 what is neither private, loopback, link-local nor reserved.
[[nodiscard]] bool is_global(const asio::ip::address& address);

/// `mesh`: networks that the configuration says are shared with the people called, also when they are
/// private, link-local or loopback. `own`: where this node itself listens, port 0 for every port. UDP port
/// 5061 of the address where we listen over TCP is a neighbour's, behind the same router.
[[nodiscard]] ContactVerdict judge_contact(const TransportAddress& contact, std::span<const Prefix> mesh,
                                           std::span<const TransportAddress> own);

}  // namespace overlay
