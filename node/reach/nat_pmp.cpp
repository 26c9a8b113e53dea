// node/reach/nat_pmp.cpp - lengths, opcodes and the inner port.
#include "node/reach/nat_pmp.hpp"

namespace node {
namespace {

constexpr std::uint8_t version = 0, is_answer = 128;
constexpr std::size_t error_size = 8, address_size = 12, mapping_size = 16;

}  // namespace

NatPmpQuestion nat_pmp_map_question(const InnerPort& inner, std::uint16_t outer,
                                    std::chrono::seconds lifetime) {
    return {inner.tcp ? NatPmpQuestion::About::tcp : NatPmpQuestion::About::udp, inner.port, outer, lifetime};
}

bool answers(crypto::ByteView datagram, const NatPmpQuestion& question) {
    const auto opcode = is_answer + static_cast<std::uint8_t>(question.about);
    if (datagram.size() < error_size || datagram[0] != version || datagram[1] != opcode) return false;
    const bool refused = datagram[2] != 0 || datagram[3] != 0;
    if (question.about == NatPmpQuestion::About::address) return refused || datagram.size() >= address_size;
    // An error need not repeat the port.
    if (datagram.size() < mapping_size) return refused;
    return (datagram[8] << 8U | datagram[9]) == question.inner;
}

std::string nat_pmp_fault(std::uint16_t result) {
    switch (result) {
        case 1: return "it speaks another version of NAT-PMP";
        case 2: return "it may not (NAT-PMP: not authorized)";
        case 3: return "it has no address itself (NAT-PMP: network failure)";
        case 4: return "it has no room for more (NAT-PMP: out of resources)";
        case 5: return "it does not know how (NAT-PMP: unsupported opcode)";
        default: return "it refused (NAT-PMP error " + std::to_string(result) + ")";
    }
}

}  // namespace node
