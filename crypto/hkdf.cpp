// crypto/hkdf.cpp - HKDF with libsodium's HMAC-SHA512.
#include "crypto/hkdf.hpp"

#include <sodium/crypto_auth_hmacsha512.h>

#include <algorithm>
#include <cassert>

#include "crypto/sodium.hpp"

namespace crypto {

Secret<64> hkdf_extract_sha512(ByteView salt, ByteView ikm) {
    ensure_sodium();
    crypto_auth_hmacsha512_state state;
    crypto_auth_hmacsha512_init(&state, start_of(salt), salt.size());
    crypto_auth_hmacsha512_update(&state, start_of(ikm), ikm.size());
    Secret<64> key;
    crypto_auth_hmacsha512_final(&state, key.data());
    sodium_memzero(&state, sizeof state);
    return key;
}

void hkdf_sha512(ByteView salt, ByteView ikm, ByteView info, std::span<std::uint8_t> out) {
    constexpr std::size_t block_size = crypto_auth_hmacsha512_BYTES;
    assert(out.size() <= 255 * block_size);
    const auto key = hkdf_extract_sha512(salt, ikm);
    Secret<block_size> block;  // T(i) = HMAC(key, T(i-1) || info || i), RFC 5869 §2.3
    for (std::uint8_t counter = 1; !out.empty(); ++counter) {
        crypto_auth_hmacsha512_state state;
        crypto_auth_hmacsha512_init(&state, key.data(), key.size());
        if (counter > 1) crypto_auth_hmacsha512_update(&state, block.data(), block_size);
        crypto_auth_hmacsha512_update(&state, start_of(info), info.size());
        crypto_auth_hmacsha512_update(&state, &counter, 1);
        crypto_auth_hmacsha512_final(&state, block.data());
        sodium_memzero(&state, sizeof state);
        const auto taken = std::min(out.size(), block_size);
        std::copy_n(block.data(), taken, out.data());
        out = out.subspan(taken);
    }
}

}  // namespace crypto
