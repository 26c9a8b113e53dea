// node/media/door_proof.cpp - writes and reads the datagram.
#include "node/media/door_proof.hpp"

#include <algorithm>

#include "crypto/hmac.hpp"

namespace node {
namespace {

using Kind = DoorProof::Kind;

// RFC 8489 §5 and §14.6: what follows the header is one attribute of 4 and 32 bytes.
constexpr std::string_view request_type("\x00\x01", 2), success_type("\x01\x01", 2), length("\x00\x24", 2),
    magic("\x21\x12\xa4\x42", 4), integrity("\x00\x1c\x00\x20", 4), about_a_door("HWd", 3);
constexpr std::size_t header_size = 20, tag_size = 32;
static_assert(header_size + 4 + tag_size == door_proof_size);

crypto::Bytes<32> tag_of(std::string_view header, const DoorSecret& secret) {
    return crypto::hmac_sha256(secret, crypto::bytes_of(header));
}

}  // namespace

std::string to_bytes(const DoorProof& proof, const DoorSecret& secret) {
    std::string bytes(proof.kind == Kind::shown ? request_type : success_type);
    bytes.append(length).append(magic);
    for (unsigned shift = 64; shift > 0; shift -= 8)
        bytes += static_cast<char>(proof.count >> (shift - 8) & 0xffU);
    bytes.append(about_a_door);
    bytes += static_cast<char>(proof.component);
    const auto tag = tag_of(bytes, secret);
    bytes.append(integrity).append(tag.begin(), tag.end());
    return bytes;
}

std::optional<DoorProof> parse_door_proof(std::string_view datagram, const DoorSecret& secret) {
    if (datagram.size() != door_proof_size) return std::nullopt;
    const auto type = datagram.substr(0, 2);
    const auto component = static_cast<std::uint8_t>(datagram[19]);
    const bool is_one = (type == request_type || type == success_type) && datagram.substr(2, 2) == length &&
                        datagram.substr(4, 4) == magic && datagram.substr(16, 3) == about_a_door &&
                        component < components.size() && datagram.substr(20, 4) == integrity;
    if (!is_one) return std::nullopt;
    crypto::Bytes<32> tag{};
    std::transform(datagram.begin() + header_size + 4, datagram.end(), tag.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
    if (!crypto::same_bytes(tag, tag_of(datagram.substr(0, header_size), secret))) return std::nullopt;
    DoorProof proof{type == request_type ? Kind::shown : Kind::answered, components[component], 0};
    for (const char c : datagram.substr(8, 8))
        proof.count = proof.count << 8U | static_cast<std::uint8_t>(c);
    return proof;
}

}  // namespace node
