// overlay/contact_filter.cpp - special addresses by the IANA
// registries (RFC 6890), embedded ones unwrapped first.
#include "overlay/contact_filter.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <optional>
#include <vector>

namespace overlay {
namespace {

using asio::ip::address;
using asio::ip::address_v4;
using asio::ip::address_v6;

constexpr std::uint16_t first_unprivileged_port = 1024;

unsigned width(const address& a) {
    return a.is_v4() ? 32 : 128;
}

template <typename BytesType>
void clear_from(BytesType& bytes, unsigned length) {
    for (unsigned bit = length; bit < bytes.size() * 8; ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] & ~(0x80u >> bit % 8));
}

address masked(const address& a, unsigned length) {
    if (a.is_v4()) {
        auto bytes = a.to_v4().to_bytes();
        clear_from(bytes, length);
        return address_v4(bytes);
    }
    auto bytes = a.to_v6().to_bytes();
    clear_from(bytes, length);
    return address_v6(bytes);
}

struct Special {
    Prefix prefix;
    ContactVerdict verdict;
};

Special special(const char* network, unsigned length, ContactVerdict verdict) {
    return {Prefix(asio::ip::make_address(network), length), verdict};
}

// The first that holds an address decides. The documentation networks (192.0.2.0/24 and so on) are not here:
// nobody routes them, so they do no harm, and examples may use them.
const std::vector<Special>& special_addresses() {
    using enum ContactVerdict;
    static const std::vector<Special> table = {
        special("0.0.0.0", 8, unspecified),
        special("127.0.0.0", 8, loopback),
        special("169.254.0.0", 16, link_local),
        special("10.0.0.0", 8, private_network),
        special("172.16.0.0", 12, private_network),
        special("192.168.0.0", 16, private_network),
        special("100.64.0.0", 10, private_network),  // RFC 6598, behind a carrier's NAT
        special("198.18.0.0", 15, private_network),  // RFC 2544; some meshes use it
        special("192.0.0.0", 24, reserved),          // RFC 6890
        special("192.88.99.0", 24, reserved),        // RFC 7526, the former 6to4 relays
        special("224.0.0.0", 4, multicast),
        special("255.255.255.255", 32, broadcast),
        special("240.0.0.0", 4, reserved),
        special("::", 128, unspecified),
        special("::1", 128, loopback),
        special("ff00::", 8, multicast),
        special("fe80::", 10, link_local),
        special("100::", 64, reserved),      // RFC 6666, discarded
        special("2001::", 32, reserved),     // Teredo: an IPv4 address and port of the writer's choice inside
        special("2001:10::", 28, reserved),  // ORCHID, and its second version: names, not addresses
        special("2001:20::", 28, reserved),
        special("2001:2::", 48, private_network),  // RFC 5180, as 198.18/15
        special("2000::", 3, may_be_called),
        // Unique local fc00::/7, site-local, NAT64 of one's own (64:ff9b:1::/48), Yggdrasil's 0200::/7, and
        // what is not assigned: nothing of it is global, and some of it is somebody's mesh.
        special("::", 0, private_network),
    };
    return table;
}

ContactVerdict verdict_of(const address& plain) {
    for (const auto& entry : special_addresses())
        if (entry.prefix.contains(plain)) return entry.verdict;
    return ContactVerdict::may_be_called;
}

bool mesh_may_allow(ContactVerdict verdict) {
    return verdict == ContactVerdict::loopback || verdict == ContactVerdict::link_local ||
           verdict == ContactVerdict::private_network;
}

std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Prefix::Prefix(const address& a, unsigned length) : network_(masked(a, length)), length_(length) {
    assert(length <= width(a));
}

bool Prefix::contains(const address& a) const {
    return a.is_v4() == network_.is_v4() && masked(a, length_) == network_;
}

std::string Prefix::to_string() const {
    return network_.to_string() + "/" + std::to_string(length_);
}

tl::expected<Prefix, std::string> Prefix::parse(std::string_view text) {
    const auto wrong = [&](const std::string& why) {
        return tl::unexpected("\"" + std::string(text) + "\" " + why);
    };
    const auto slash = text.find('/');
    asio::error_code error;
    const auto host = asio::ip::make_address(std::string(text.substr(0, slash)), error);
    if (error || text.substr(0, slash).find('%') != std::string_view::npos)
        return wrong("does not begin with an IP address; a prefix looks like 10.0.0.0/8 or fd00::/8");
    if (slash == std::string_view::npos)
        return wrong("has no length; for this one address write " + Prefix(host, width(host)).to_string());
    const auto length = number(text.substr(slash + 1));
    if (!length || *length > width(host))
        return wrong("needs a number from 0 to " + std::to_string(width(host)) + " after the slash");
    if (host.is_v6() && host.to_v6().is_v4_mapped())
        return wrong("is IPv4 written as IPv6; write the IPv4 prefix");
    const Prefix prefix(host, *length);
    if (prefix.network() != host)
        return wrong("has bits set after the first " + std::to_string(*length) + "; write " +
                     prefix.to_string() + " for the network, or " + Prefix(host, width(host)).to_string() +
                     " for the one address");
    return prefix;
}

std::string_view reason(ContactVerdict verdict) noexcept {
    switch (verdict) {
        case ContactVerdict::may_be_called: return "";
        case ContactVerdict::low_port: return "port below 1024";
        case ContactVerdict::unspecified: return "unspecified address";
        case ContactVerdict::multicast: return "multicast";
        case ContactVerdict::broadcast: return "broadcast";
        case ContactVerdict::reserved: return "reserved address";
        case ContactVerdict::own_address: return "this node's own address";
        case ContactVerdict::loopback: return "loopback";
        case ContactVerdict::link_local: return "link-local";
        case ContactVerdict::private_network: return "private address outside the mesh prefixes";
    }
    return "unknown";
}

address unwrapped(const address& a) {
    if (a.is_v4()) return a;
    const auto bytes = a.to_v6().to_bytes();
    address plain = address_v6(bytes);  // without the scope: a record has none, and == compares it
    const auto v4_at = [&](std::size_t at) -> address {
        return address_v4({bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]});
    };
    static const auto in_the_end = std::to_array<Prefix>({
        {asio::ip::make_address("::ffff:0:0"), 96},    // mapped, RFC 4291 §2.5.5.2
        {asio::ip::make_address("::ffff:0:0:0"), 96},  // translated, RFC 2765 §2.1
        {asio::ip::make_address("64:ff9b::"), 96},     // NAT64, RFC 6052 §2.1
    });
    static const Prefix six_to_four(asio::ip::make_address("2002::"), 16);  // RFC 3056 §2
    static const Prefix compatible(asio::ip::make_address("::"), 96);       // RFC 4291 §2.5.5.1
    if (std::ranges::any_of(in_the_end, [&](const Prefix& p) { return p.contains(plain); })) return v4_at(12);
    if (six_to_four.contains(plain)) return v4_at(2);
    // :: and ::1 look like compatible addresses and are not.
    if (compatible.contains(plain) && plain != address_v6::any() && plain != address_v6::loopback())
        return v4_at(12);
    return plain;
}

bool is_global(const address& a) {
    return verdict_of(unwrapped(a)) == ContactVerdict::may_be_called;
}

ContactVerdict judge_contact(const TransportAddress& contact, std::span<const Prefix> mesh,
                             std::span<const TransportAddress> own) {
    if (contact.port < first_unprivileged_port) return ContactVerdict::low_port;
    const auto target = unwrapped(contact.address);
    const auto verdict = verdict_of(target);
    if (verdict != ContactVerdict::may_be_called && !mesh_may_allow(verdict)) return verdict;
    const bool is_own = std::ranges::any_of(own, [&](const TransportAddress& self) {
        const bool same_kind = (self.transport == Transport::udp) == (contact.transport == Transport::udp);
        return unwrapped(self.address) == target &&
               (self.port == 0 || (same_kind && self.port == contact.port));
    });
    if (is_own) return ContactVerdict::own_address;
    if (verdict == ContactVerdict::may_be_called) return verdict;
    const bool in_mesh = std::ranges::any_of(mesh, [&](const Prefix& p) { return p.contains(target); });
    return in_mesh ? ContactVerdict::may_be_called : verdict;
}

}  // namespace overlay
