// crypto/hmac.cpp - libsodium's.
#include "crypto/hmac.hpp"

#include <sodium/crypto_auth_hmacsha256.h>

#include "crypto/sodium.hpp"

namespace crypto {

Bytes<32> hmac_sha256(ByteView key, ByteView message) {
    ensure_sodium();
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, start_of(key), key.size());
    crypto_auth_hmacsha256_update(&state, start_of(message), message.size());
    Bytes<32> tag{};
    crypto_auth_hmacsha256_final(&state, tag.data());
    sodium_memzero(&state, sizeof state);
    return tag;
}

bool same_bytes(const Bytes<32>& a, const Bytes<32>& b) {
    return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace crypto
