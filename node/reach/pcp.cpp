// node/reach/pcp.cpp - headers of 24 bytes, MAP's of 36 more.
#include "node/reach/pcp.hpp"

#include <algorithm>

namespace node {
namespace {

constexpr std::uint8_t version = 2, is_answer = 0x80, announce = 0, map_opcode = 1;
constexpr std::size_t header_size = 24, map_size = 60, longest = 1100;  // §7
constexpr std::uint8_t iana_tcp = 6, iana_udp = 17;
constexpr std::uint8_t unsupported_version = 1;
// Where things stand in a MAP (§11.1).
constexpr std::size_t nonce_at = 24, protocol_at = 36, inner_at = 40, outer_at = 42, address_at = 44;

using Bytes = std::vector<std::uint8_t>;

void append(Bytes& out, std::uint32_t number, unsigned bytes) {
    while (bytes-- > 0)
        out.push_back(static_cast<std::uint8_t>(number >> (8 * bytes)));
}

std::uint32_t number(crypto::ByteView from, std::size_t at, unsigned bytes) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i)
        value = value << 8U | from[at + i];
    return value;
}

/// §5: IPv4 addresses are mapped ones.
void append(Bytes& out, const asio::ip::address& address) {
    const auto v6 =
        address.is_v6() ? address.to_v6() : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4());
    const auto bytes = v6.to_bytes();
    out.insert(out.end(), bytes.begin(), bytes.end());
}

asio::ip::address address(crypto::ByteView from) {
    asio::ip::address_v6::bytes_type bytes{};
    std::copy_n(from.begin(), bytes.size(), bytes.begin());
    const asio::ip::address_v6 v6(bytes);
    if (v6.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
    return v6;
}

Bytes header(std::uint8_t opcode, std::chrono::seconds lifetime, const asio::ip::address& own) {
    Bytes out{version, opcode, 0, 0};
    append(out, static_cast<std::uint32_t>(lifetime.count()), 4);
    append(out, own);
    return out;
}

}  // namespace

Bytes pcp_map_question(const asio::ip::address& own, const PcpMap& map, std::chrono::seconds lifetime) {
    Bytes out = header(map_opcode, lifetime, own);
    out.insert(out.end(), map.nonce.begin(), map.nonce.end());
    out.push_back(map.inner.tcp ? iana_tcp : iana_udp);
    append(out, 0, 3);
    append(out, map.inner.port, 2);
    append(out, map.outer, 2);
    // §11.1: no wish is the all-zeros address of the family that is wanted.
    if (own.is_v4()) {
        append(out, asio::ip::address(asio::ip::address_v4::any()));
    } else {
        append(out, asio::ip::address(asio::ip::address_v6::any()));
    }
    return out;
}

Bytes pcp_announce_question(const asio::ip::address& own) {
    return header(announce, std::chrono::seconds(0), own);
}

std::optional<PcpAnswer> read_pcp(crypto::ByteView datagram) {
    // §8.3: of other lengths nothing is looked at.
    if (datagram.size() < header_size || datagram.size() > longest || datagram.size() % 4 != 0)
        return std::nullopt;
    if (datagram[0] != version || (datagram[1] & is_answer) == 0) return std::nullopt;
    const auto opcode = static_cast<std::uint8_t>(datagram[1] & 0x7fU);
    if (opcode != announce && opcode != map_opcode) return std::nullopt;
    PcpAnswer answer{datagram[3], std::chrono::seconds(number(datagram, 4, 4)), number(datagram, 8, 4), {}};
    if (opcode == announce) return answer;
    if (datagram.size() < map_size)
        return answer.result == 0 ? std::nullopt : std::optional(answer);  // §8.2: an error may be short
    const auto protocol = datagram[protocol_at];
    if (protocol != iana_tcp && protocol != iana_udp) return std::nullopt;
    PcpMap map{{protocol == iana_tcp, static_cast<std::uint16_t>(number(datagram, inner_at, 2))},
               static_cast<std::uint16_t>(number(datagram, outer_at, 2)),
               address(datagram.subspan(address_at)),
               {}};
    std::copy_n(datagram.begin() + nonce_at, map.nonce.size(), map.nonce.begin());
    answer.map = map;
    return answer;
}

bool is_other_version(crypto::ByteView datagram) {
    if (datagram.size() < 4) return false;
    // NAT-PMP's result stands in two bytes, PCP's in the second of them.
    return (datagram[1] & is_answer) != 0 && datagram[3] == unsupported_version &&
           (datagram[0] == 0 ? datagram.size() >= 8 : datagram.size() >= header_size);
}

std::string pcp_fault(std::uint8_t result) {
    switch (result) {
        case 2: return "it may not (PCP: not authorized)";
        case 3: return "it did not understand the question (PCP: malformed request)";
        case 4: return "it does not know how (PCP: unsupported opcode)";
        case 7: return "it has no address itself (PCP: network failure)";
        case 8: return "it has no room for more (PCP: no resources)";
        case 9: return "it does not know how (PCP: unsupported protocol)";
        case 10: return "this machine has all that it may have (PCP: quota exceeded)";
        case 11: return "the port is somebody else's (PCP: cannot provide external)";
        case 12:
            return "it sees this machine at another address, so that a second router is in between (PCP: "
                   "address mismatch)";
        default: return "it refused (PCP error " + std::to_string(result) + ")";
    }
}

}  // namespace node
