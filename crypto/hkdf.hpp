// crypto/hkdf.hpp - HKDF with SHA-512 (RFC 5869): keys for each purpose out of one secret.
#pragma once

#include "crypto/bytes.hpp"

namespace crypto {

/// HKDF-Extract with HMAC-SHA512 (RFC 5869 §2.2).
Secret<64> hkdf_extract_sha512(ByteView salt, ByteView ikm);

/// Extract and expand. out.size() at most 255 * 64.
void hkdf_sha512(ByteView salt, ByteView ikm, ByteView info, std::span<std::uint8_t> out);

}  // namespace crypto
