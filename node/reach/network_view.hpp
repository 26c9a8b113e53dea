// node/reach/network_view.hpp - this machine's addresses and default routes, as the kernel tells them, and
// what follows: which router to ask for a mapping, and which IPv6 addresses others should be given. Pure; any
// thread.
#pragma once

#include <asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace node {

struct InterfaceAddress {
    asio::ip::address address;  // without scope
    unsigned prefix_length = 0;
    unsigned interface = 0;   // its index
    bool temporary = false;   // RFC 8981: made to be forgotten
    bool deprecated = false;  // RFC 4862 §5.5.4: still good for what runs, not for anything new
    bool tentative = false;   // duplicate address detection is not through, or has failed
    friend bool operator==(const InterfaceAddress&, const InterfaceAddress&) = default;
};

struct DefaultRoute {
    asio::ip::address gateway;
    unsigned interface = 0;
    std::uint32_t metric = 0;
    friend bool operator==(const DefaultRoute&, const DefaultRoute&) = default;
};

/// An interface.
struct Link {
    unsigned interface = 0;  // its index
    std::string name;
    bool point_to_point = false;  // a tunnel: nobody else stands on it
    friend bool operator==(const Link&, const Link&) = default;
};

struct NetworkView {
    std::vector<InterfaceAddress> addresses;  // of interfaces that are up; no link-local ones
    std::vector<DefaultRoute> routes;
    std::vector<Link> links = {};  // those that have one of the addresses
    friend bool operator==(const NetworkView&, const NetworkView&) = default;
};

/// A router that may do address translation for us, or over IPv6 keep a firewall before us.
struct Gateway {
    asio::ip::address address;
    asio::ip::address own;   // ours, in its network
    unsigned interface = 0;  // of IPv6, where the router's address is a link-local one
    friend bool operator==(const Gateway&, const Gateway&) = default;
};

/// The IPv4 default route's, when our own address there is private: else nothing is translated, and nobody
/// there is asked anything.
[[nodiscard]] std::optional<Gateway> gateway_of(const NetworkView& view);

/// The IPv6 default route's, with the address of ours there that others should be given.
[[nodiscard]] std::optional<Gateway> firewall_of(const NetworkView& view);

/// RFC 1918, and 100.64/10 (RFC 6598): what a router, or a carrier, translates.
[[nodiscard]] bool is_translated(const asio::ip::address_v4& address);
[[nodiscard]] bool is_carriers(const asio::ip::address_v4& address);  // 100.64/10

/// All that may be given to others as ours. Of IPv6 the stable ones: a record is there to be found, and
/// whoever reads it knows whose it is, so that a temporary address would hide nothing and break calls when it
/// is dropped. Temporary ones stay what they are for: the source of what this machine sends. Those made from
/// the hardware address (EUI-64) are left out when the same network has another: they would tell the
/// machine's make and number.
[[nodiscard]] std::vector<asio::ip::address> lasting_addresses(const NetworkView& view);
/// All, also temporary ones: at none of them a call may be sent back to ourselves.
[[nodiscard]] std::vector<asio::ip::address> every_address(const NetworkView& view);

}  // namespace node
