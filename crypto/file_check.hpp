// crypto/file_check.hpp - what a file of ours says of itself: numbers, and checks that tell damage from a
// wrong passphrase. No secret is in them, and they prove nobody's hand. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/bytes.hpp"

namespace crypto {

/// Big-endian. REQUIRES: four bytes there.
[[nodiscard]] std::uint32_t get_u32(ByteView file, std::size_t at);

/// SHA-256 of `domain` and then `bytes`; files keep the first bytes of it.
[[nodiscard]] Bytes<32> check_of(std::string_view domain, ByteView bytes);

/// Are the `size` bytes at `at` the check of all before them? REQUIRES: they are there; size <= 32.
[[nodiscard]] bool check_matches(std::string_view domain, ByteView file, std::size_t at, std::size_t size);

}  // namespace crypto
