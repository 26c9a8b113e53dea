// sip/transport/stun.hpp - answers the STUN Binding requests with which phones keep their UDP flows open (RFC
// 5626 §8, RFC 5389): no credentials, no other method. A pure function of the datagram.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/flow.hpp"

namespace sip {

/// RFC 5626 §8: told from SIP by its first two bits.
[[nodiscard]] bool is_stun(std::string_view datagram) noexcept;

/// XOR-MAPPED-ADDRESS, the source of the request; or 420 for attributes that must be understood and are not.
/// Nothing: no well-formed Binding request, to be dropped. An answer is at most 24 bytes longer than its
/// request, so that a forged source address is no amplifier.
[[nodiscard]] std::optional<std::string> stun_answer(std::string_view request, const Endpoint& source);

}  // namespace sip
