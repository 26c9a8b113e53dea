// crypto/hmac.hpp - HMAC with SHA-256 (RFC 2104, FIPS 180-4): who has the key has written these bytes.
#pragma once

#include "crypto/bytes.hpp"

namespace crypto {

[[nodiscard]] Bytes<32> hmac_sha256(ByteView key, ByteView message);
/// In a time that tells nothing of where they differ.
[[nodiscard]] bool same_bytes(const Bytes<32>& a, const Bytes<32>& b);

}  // namespace crypto
