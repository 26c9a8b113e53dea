// node/reach/nat_pmp.hpp - the datagrams of NAT-PMP (RFC 6886): a router is asked for its address outside,
// and to send on a port. Our own, for libnatpmp believes a datagram by its first bytes and reads to the end
// of its buffer: of an answer of 11 bytes it took the port and the lease from memory, and it looks neither at
// the opcode nor at the inner port, so that one answer to another question could be taken for ever. Here what
// is too short is none. Pure; any thread.
#pragma once

#include <asio/ip/address_v4.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "crypto/bytes.hpp"
#include "node/reach/mapping_request.hpp"

namespace node {

[[nodiscard]] std::vector<std::uint8_t> nat_pmp_address_question();
/// A lifetime of 0 ends the mapping (§3.4); `outer` is then 0.
[[nodiscard]] std::vector<std::uint8_t> nat_pmp_map_question(const InnerPort& inner, std::uint16_t outer,
                                                             std::chrono::seconds lifetime);

struct NatPmpAnswer {
    enum class To : std::uint8_t { address = 0, udp = 1, tcp = 2 };  // opcodes
    To to = To::address;
    std::uint16_t result = 0;
    std::uint32_t epoch = 0;
    asio::ip::address_v4 address;  // of an address question, without an error
    // Of a mapping. An error need not repeat the port: then it has none.
    std::optional<std::uint16_t> inner;
    std::uint16_t outer = 0;
    std::chrono::seconds lifetime{0};
};
/// §3.2, §3.3, §3.5: at least 12 bytes for an address, 16 for a mapping, 8 for an error.
[[nodiscard]] std::optional<NatPmpAnswer> read_nat_pmp(crypto::ByteView datagram);

/// Why not; the end of a sentence.
[[nodiscard]] std::string nat_pmp_fault(std::uint16_t result);

}  // namespace node
