// overlay/inner_record.hpp - what a name's owner tells callers: edges, phones, keys. The plaintext of a
// block. msgpack map, ascending integer keys, unknown keys ignored, zero padding to 256, 512 or 1024 bytes.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "crypto/identity.hpp"
#include "overlay/error.hpp"
#include "overlay/transport_address.hpp"

namespace overlay {

using UnixSeconds = std::uint64_t;

/// The only sizes of a plaintext, so that its length tells storers next to nothing.
inline constexpr std::array<std::size_t, 3> padded_sizes = {256, 512, 1024};

enum class Kind : std::uint8_t { contacts = 0, delegation = 1, tombstone = 2 };

struct Edge {
    crypto::Bytes<32> tls_key_hash{};         // SHA-256 of the edge's TLS public key; zeros until it has one
    std::vector<TransportAddress> addresses;  // at most 6
    /// In a united record: key 4 of the slot that this edge comes from. Not packed.
    std::optional<crypto::Bytes<32>> ticket_key = {};
    friend bool operator==(const Edge&, const Edge&) = default;
};

struct Phone {
    std::uint8_t edge = 0;           // index into edges
    std::uint16_t q = 1000;          // q-value in thousandths, 0..1000
    std::uint32_t capabilities = 0;  // bits, none assigned yet
    crypto::Bytes<8> instance{};     // which phone, without saying which model
    friend bool operator==(const Phone&, const Phone&) = default;
};

struct DirectPhone {
    TransportAddress address;
    std::string user;  // [A-Za-z0-9._~+-]{0,64}: many phones answer only to the exact contact they registered
    std::uint16_t q = 1000;
    friend bool operator==(const DirectPhone&, const DirectPhone&) = default;
};

/// Where the owner's node hears UDP of the overlay (direct_ask.hpp).
struct NodeAddress {
    asio::ip::address address;
    std::uint16_t port = 0;
    friend bool operator==(const NodeAddress&, const NodeAddress&) = default;
};

/// A node that nobody can call, met through another that relays for it (node/relay): TLS over TCP goes to the
/// relay, says the token there, and ends at the node itself, which is known by its key.
struct ThroughEdge {
    asio::ip::address relay;
    std::uint16_t port = 0;
    crypto::Bytes<16> token{};
    crypto::Bytes<32> tls_key_hash{};  // SHA-256 of the node's own TLS public key
    /// As in Edge. Not packed.
    std::optional<crypto::Bytes<32>> ticket_key = {};
    friend bool operator==(const ThroughEdge&, const ThroughEdge&) = default;
};

struct InnerRecord {
    Kind kind = Kind::contacts;                   // key 0
    UnixSeconds issued_at = 0;                    // 1
    std::vector<Edge> edges;                      // 2, at most 8
    std::vector<Phone> phones;                    // 3, at most 8
    std::optional<crypto::Bytes<32>> ticket_key;  // 4, X25519, of the node that wrote it: crypto/ticket.hpp
    std::optional<crypto::PublicKey> target;      // 5, delegation
    std::optional<crypto::Bytes<32>> next_key_commitment;  // 6
    std::vector<DirectPhone> direct;                       // 7, at most 8
    std::vector<NodeAddress> nodes;                        // 8, at most 6: who may be asked past the DHT
    std::vector<ThroughEdge> through;                      // 9, at most 4
    friend bool operator==(const InnerRecord&, const InnerRecord&) = default;
};

/// Packed and padded to the smallest size that holds it; decodes to the same record.
/// Errors: too_large (over 1024 bytes, or a list over its cap); malformed_record (q, edge index or user out
/// of range, a delegation without target).
[[nodiscard]] Result<std::vector<std::uint8_t>> encode(const InnerRecord& record);

/// `padded` is exactly 256, 512 or 1024 bytes. Bounded: allocates no more than the caps above allow.
/// Error: malformed_record.
[[nodiscard]] Result<InnerRecord> decode_inner_record(crypto::ByteView padded);

}  // namespace overlay
