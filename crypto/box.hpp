// crypto/box.hpp - sealed boxes: XChaCha20-Poly1305 (libsodium) with associated data.
#pragma once

#include <vector>

#include "crypto/error.hpp"
#include "crypto/identity.hpp"

namespace crypto {

inline constexpr std::size_t box_nonce_size = 24;
inline constexpr std::size_t box_overhead = box_nonce_size + 16;

/// nonce || ciphertext || tag: plaintext.size() + box_overhead bytes. The caller rolls the nonce.
[[nodiscard]] std::vector<std::uint8_t> seal(const Secret<32>& key, const Bytes<box_nonce_size>& nonce,
                                             ByteView associated, ByteView plaintext);

/// Errors: bad_length (shorter than box_overhead), cannot_open.
[[nodiscard]] Result<std::vector<std::uint8_t>> open(const Secret<32>& key, ByteView associated,
                                                     ByteView box);

/// For secrets: decrypts to where the caller will wipe it. Errors: bad_length (box is not out and overhead),
/// cannot_open.
[[nodiscard]] Result<void> open_into(std::span<std::uint8_t> out, const Secret<32>& key, ByteView associated,
                                     ByteView box);

}  // namespace crypto
