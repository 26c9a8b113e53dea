// node/media/door_proof.hpp - how whoever has borrowed a door shows where he sends from: a STUN Binding
// request (RFC 8489) with MESSAGE-INTEGRITY-SHA256 (§14.6) by the secret that the lender gave him for this
// door. Its transaction is a count, which only grows, so that nobody can say it again from elsewhere; and the
// port it is for.
// 1. The answer has the same size: nobody is sent more than he sent.
// 2. Whoever has no secret gets none.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "node/media/door_side.hpp"
#include "node/relay/relay_frame.hpp"

namespace node {

inline constexpr std::size_t door_proof_size = 56;

struct DoorProof {
    enum class Kind : std::uint8_t { shown, answered } kind = Kind::shown;
    Component component = Component::rtp;
    std::uint64_t count = 0;
    friend bool operator==(const DoorProof&, const DoorProof&) = default;
};

[[nodiscard]] std::string to_bytes(const DoorProof& proof, const DoorSecret& secret);
/// Nothing: it is another datagram, or another's.
[[nodiscard]] std::optional<DoorProof> parse_door_proof(std::string_view datagram, const DoorSecret& secret);

}  // namespace node
