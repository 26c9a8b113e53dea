// crypto/name.hpp - a public key as 56 characters that a person can copy and a phone can dial.
//   lowercase base32 (RFC 4648, no padding) of A(32) || SHA-256("hedgewitch/v1/checksum" || A || ver)[0..1]
//   || ver
#pragma once

#include <string>
#include <string_view>

#include "crypto/error.hpp"
#include "crypto/identity.hpp"

namespace crypto {

inline constexpr std::size_t name_length = 56;
inline constexpr std::size_t max_label_length = 63;

std::string encode_name(const PublicKey& key);

/// Any case. Errors: bad_length, bad_character, bad_checksum, unknown_version, bad_point.
[[nodiscard]] Result<PublicKey> decode_name(std::string_view name);

/// The seed for paper: the same shape, with its own checksum domain ("hedgewitch/v1/seed"), so that a name
/// typed for a seed, or a seed for a name, is refused (bad_checksum).
std::string encode_seed(const Seed& seed);
[[nodiscard]] Result<Seed> decode_seed(std::string_view text);

/// Lowercases `user` (already unescaped) and checks [a-z0-9._+-]{1,63}. Error: bad_label.
[[nodiscard]] Result<std::string> canonical_label(std::string_view user);

}  // namespace crypto
