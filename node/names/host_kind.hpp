// node/names/host_kind.hpp - what kind of name stands in the host part of a URI, which decides who is asked
// about it.
#pragma once

#include <asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "crypto/identity.hpp"

namespace node {

struct KeyName {  // <56 chars>.hedge.alt: the key in it must have signed; DNS is never asked
    crypto::PublicKey key{};
};
struct BadKeyName {  // below hedge.alt, and no key
    std::string why;
};
struct OtherAlt {};  // below .alt, and not ours: outside DNS (RFC 9476), so nobody can be asked
struct Literal {     // an IP address
    asio::ip::address address;
};
struct Domain {  // everything else
    std::string name;
};
using HostName = std::variant<KeyName, BadKeyName, OtherAlt, Literal, Domain>;

/// `host` in any case, IPv6 without brackets; one dot at the end is dropped.
HostName classify(std::string_view host);

/// One spelling for all that mean the same host: lowercase, without a dot at the end, and IPv4 addresses as
/// four numbers, which resolvers also know as one, two or three, in hex and in octal (inet_aton: 2130714113,
/// 127.30.1).
std::string canonical_host(std::string_view host);

}  // namespace node
