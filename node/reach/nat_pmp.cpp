// node/reach/nat_pmp.cpp - two to sixteen bytes.
#include "node/reach/nat_pmp.hpp"

namespace node {
namespace {

constexpr std::uint8_t version = 0, is_answer = 128, highest_opcode = 2;
constexpr std::size_t error_size = 8, address_size = 12, mapping_size = 16;

std::uint32_t number(crypto::ByteView from, std::size_t at, unsigned bytes) {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < bytes; ++i)
        value = value << 8U | from[at + i];
    return value;
}

std::uint16_t port(crypto::ByteView from, std::size_t at) {
    return static_cast<std::uint16_t>(number(from, at, 2));
}

}  // namespace

std::vector<std::uint8_t> nat_pmp_address_question() {
    return {version, static_cast<std::uint8_t>(NatPmpAnswer::To::address)};
}

std::vector<std::uint8_t> nat_pmp_map_question(const InnerPort& inner, std::uint16_t outer,
                                               std::chrono::seconds lifetime) {
    const auto opcode = inner.tcp ? NatPmpAnswer::To::tcp : NatPmpAnswer::To::udp;
    std::vector<std::uint8_t> out{version, static_cast<std::uint8_t>(opcode), 0, 0};
    const auto append = [&](std::uint32_t value, unsigned bytes) {
        while (bytes-- > 0)
            out.push_back(static_cast<std::uint8_t>(value >> (8 * bytes)));
    };
    append(inner.port, 2);
    append(outer, 2);
    append(static_cast<std::uint32_t>(lifetime.count()), 4);
    return out;
}

std::optional<NatPmpAnswer> read_nat_pmp(crypto::ByteView datagram) {
    if (datagram.size() < error_size || datagram[0] != version) return std::nullopt;
    if (datagram[1] < is_answer || datagram[1] > is_answer + highest_opcode) return std::nullopt;
    NatPmpAnswer answer;
    answer.to = static_cast<NatPmpAnswer::To>(datagram[1] - is_answer);
    answer.result = port(datagram, 2);
    answer.epoch = number(datagram, 4, 4);
    if (answer.to == NatPmpAnswer::To::address) {
        if (answer.result != 0) return answer;
        if (datagram.size() < address_size) return std::nullopt;
        answer.address = asio::ip::address_v4(number(datagram, 8, 4));
        return answer;
    }
    if (datagram.size() >= mapping_size) {
        answer.inner = port(datagram, 8);
        answer.outer = port(datagram, 10);
        answer.lifetime = std::chrono::seconds(number(datagram, 12, 4));
    } else if (answer.result == 0) {
        return std::nullopt;
    }
    return answer;
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
