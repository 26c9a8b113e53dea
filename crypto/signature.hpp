// crypto/signature.hpp - Ed25519 signatures over a domain and a message, so that what was signed for one
// purpose is never taken for another. blinding.hpp signs with derived keys by the same rule.
#pragma once

#include <string_view>

#include "crypto/identity.hpp"

namespace crypto {

inline constexpr std::uint8_t domain_end = 0;  // between domain and message: no domain of ours holds a NUL

/// With the owner's own key (certificates, delegations): Ed25519 over domain || 0x00 || message.
[[nodiscard]] Signature sign(const Identity& owner, std::string_view domain, ByteView message);

/// Plain Ed25519 over domain || 0x00 || message; libsodium refuses S >= L and small-order keys. 37 us.
[[nodiscard]] bool verify(const PublicKey& key, std::string_view domain, ByteView message,
                          const Signature& signature);

}  // namespace crypto
