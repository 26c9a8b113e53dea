// node/reach/nat_pmp.hpp - what a router is asked over NAT-PMP (RFC 6886), what it says, and the look at each
// datagram before libnatpmp reads it (nat_pmp_socket.hpp). Values; pure; any thread.
#pragma once

#include <asio/ip/address_v4.hpp>
#include <chrono>
#include <cstdint>
#include <string>

#include "crypto/bytes.hpp"
#include "node/reach/mapping_request.hpp"

namespace node {

/// The router's address outside, or a mapping.
struct NatPmpQuestion {
    enum class About : std::uint8_t { address = 0, udp = 1, tcp = 2 };  // opcodes
    About about = About::address;
    std::uint16_t inner = 0;
    std::uint16_t outer = 0;
    std::chrono::seconds lifetime{0};  // 0 ends the mapping (§3.4); `outer` is then 0
    friend bool operator==(const NatPmpQuestion&, const NatPmpQuestion&) = default;
};
[[nodiscard]] NatPmpQuestion nat_pmp_map_question(const InnerPort& inner, std::uint16_t outer,
                                                  std::chrono::seconds lifetime);

/// To the question that was asked.
struct NatPmpAnswer {
    std::uint16_t result = 0;  // §3.5; with an error only this and the epoch
    std::uint32_t epoch = 0;
    asio::ip::address_v4 address;  // of an address question
    std::uint16_t outer = 0;       // of a mapping
    std::chrono::seconds lifetime{0};
};

/// Is it one to this question, and whole? §3.2, §3.3, §3.5: version 0, its opcode, its inner port; at least
/// 12 bytes for an address, 16 for a mapping, 8 for an error. libnatpmp looks at none of these: of an answer
/// of 11 bytes it takes the port and the lease from memory, and one about another port for ours.
[[nodiscard]] bool answers(crypto::ByteView datagram, const NatPmpQuestion& question);

/// Why not; the end of a sentence.
[[nodiscard]] std::string nat_pmp_fault(std::uint16_t result);

}  // namespace node
