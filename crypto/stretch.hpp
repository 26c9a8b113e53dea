// crypto/stretch.hpp - a key from a passphrase: Argon2id (RFC 9106), whose cost is stored with what it seals.
// Blocks while it runs, with RFC 9106 §4's second option (t = 3, 64 MiB, p = 4 lanes) for 119 ms on one core,
// 87 ms on two.
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/bytes.hpp"
#include "crypto/error.hpp"

namespace crypto {

struct KeystoreCost {
    std::uint32_t passes = 3;
    std::uint32_t memory_kib = 64 * 1024;
    std::uint32_t lanes = 4;  // RFC 9106 §4, second recommended option
};

inline constexpr std::uint32_t max_keystore_passes = 8;
inline constexpr std::size_t salt_size = 16;

/// At most 8 passes, 1 GiB, 8 lanes, and no less than RFC 9106's least: what a file may make us spend.
[[nodiscard]] bool within_bounds(const KeystoreCost& cost) noexcept;

/// REQUIRES: within_bounds(cost). Errors: no_memory; bad_parameters (a passphrase over 4 GiB).
[[nodiscard]] Result<Secret<32>> stretch(std::string_view passphrase, ByteView salt,
                                         const KeystoreCost& cost);

}  // namespace crypto
