// node/probe/edge_proof.hpp - which key answers for a domain, told by the edge itself to whoever asks it.
//   OPTIONS sip:example.org
//   Hedgewitch-Challenge: <56 characters: base32 of 35 random bytes>;at=<where it is sent, 192.0.2.1:5060>
//   200 OK
//   Hedgewitch-Key: <56 characters: the key as a name>;sig=<104 characters: base32 of signature(64) || 0x01>
// The signature is by that key, in the domain "hedgewitch/v1/edge", over lowercase host || 0x00 || the 35
// bytes || the text of at. An edge signs for its own addresses alone: else whoever makes DNS lie could pass a
// challenge on to the true edge, show its answer, and get the calls. (Behind a router: sip.advertise.) Base32
// takes whole groups of 5 bytes only: hence 35 bytes where 32 would do, and the 0x01, which is the version.
// What it proves: whoever holds the key says, now, that it answers for this host. Not that the host is
// theirs: that is only as true as the DNS answer that led there (first use).
// Pure functions; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "crypto/error.hpp"
#include "crypto/identity.hpp"
#include "sip/flow.hpp"

namespace node {

inline constexpr std::string_view challenge_header = "Hedgewitch-Challenge";
inline constexpr std::string_view key_header = "Hedgewitch-Key";

using EdgeChallenge = crypto::Bytes<35>;
/// The value of Hedgewitch-Challenge.
std::string challenge_text(const EdgeChallenge& challenge, const sip::Endpoint& at);

/// The value of Hedgewitch-Key. `host` in any case. `is_own`: may others reach this node there? Errors:
/// bad_length and bad_character for a challenge that is none; bad_parameters for an address that is not ours.
[[nodiscard]] crypto::Result<std::string> make_proof(const crypto::Identity& identity, std::string_view host,
                                                     std::string_view challenge_text,
                                                     const std::function<bool(const sip::Endpoint&)>& is_own);

/// The key that has signed. Errors: bad_length, bad_character, bad_checksum, bad_point, unknown_version,
/// bad_signature.
[[nodiscard]] crypto::Result<crypto::PublicKey> check_proof(std::string_view header_value,
                                                            std::string_view host,
                                                            const EdgeChallenge& challenge,
                                                            const sip::Endpoint& at);

}  // namespace node
