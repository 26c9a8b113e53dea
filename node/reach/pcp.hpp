// node/reach/pcp.hpp - the datagrams of the Port Control Protocol (RFC 6887): a router is asked to send on a
// port, over IPv4, or to let one through its firewall, over IPv6. Bytes in, bytes out; what is too short, too
// long or of another shape is none. Pure; any thread.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/bytes.hpp"
#include "node/reach/mapping_request.hpp"

namespace node {

/// §11.2: who repeats it proves that the mapping is his.
using PcpNonce = crypto::Bytes<12>;

struct PcpMap {
    InnerPort inner;
    std::uint16_t outer = 0;          // wished for, or given
    asio::ip::address outer_address;  // given; unspecified in a question
    PcpNonce nonce{};
};

/// `own`: the address that it is sent from (§8.1). A lifetime of 0 ends the mapping (§15).
[[nodiscard]] std::vector<std::uint8_t> pcp_map_question(const asio::ip::address& own, const PcpMap& map,
                                                         std::chrono::seconds lifetime);
/// §14.1.1: changes nothing; the answer tells the epoch.
[[nodiscard]] std::vector<std::uint8_t> pcp_announce_question(const asio::ip::address& own);

struct PcpAnswer {
    std::uint8_t result = 0;           // §7.4
    std::chrono::seconds lifetime{0};  // of the mapping, or of the error
    std::uint32_t epoch = 0;           // §8.5
    std::optional<PcpMap> map;  // nothing: an announcement, or an error that repeats nothing of the question
};
[[nodiscard]] std::optional<PcpAnswer> read_pcp(crypto::ByteView datagram);

/// What somebody who speaks NAT-PMP alone, or an older version, says to our version (RFC 6887 §9, appendix
/// A).
[[nodiscard]] bool is_other_version(crypto::ByteView datagram);

/// Why not; the end of a sentence.
[[nodiscard]] std::string pcp_fault(std::uint8_t result);

}  // namespace node
