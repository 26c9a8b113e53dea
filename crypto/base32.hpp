// crypto/base32.hpp - base32 of RFC 4648 §6, lowercase, without padding.
// Only whole groups (5 bytes, 8 characters): then each text has one reading and no spare bits.
#pragma once

#include <string>
#include <string_view>

#include "crypto/bytes.hpp"
#include "crypto/error.hpp"

namespace crypto {

/// REQUIRES: bytes.size() is a multiple of 5.
std::string base32_encode(ByteView bytes);

/// Fills `out` from 8 characters for each 5 bytes, any case. Errors: bad_length, bad_character.
[[nodiscard]] Result<void> base32_decode(std::string_view text, std::span<std::uint8_t> out);

}  // namespace crypto
