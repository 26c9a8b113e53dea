// crypto/derived_key.cpp - scalar arithmetic and Ed25519 signing with libsodium's group functions.
#include "crypto/derived_key.hpp"

#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_hash_sha512.h>
#include <sodium/crypto_scalarmult_ed25519.h>

#include <algorithm>
#include <cstdlib>

#include "crypto/sodium.hpp"

namespace crypto {
namespace {

Secret<32> hash_to_scalar(std::initializer_list<ByteView> head, std::initializer_list<ByteView> tail) {
    crypto_hash_sha512_state state;
    crypto_hash_sha512_init(&state);
    for (const auto part : head)
        crypto_hash_sha512_update(&state, start_of(part), part.size());
    for (const auto part : tail)
        crypto_hash_sha512_update(&state, start_of(part), part.size());
    Secret<64> digest;
    crypto_hash_sha512_final(&state, digest.data());
    sodium_memzero(&state, sizeof state);
    return reduce_scalar(digest);
}

}  // namespace

Secret<32> reduce_scalar(const Secret<64>& wide) {
    Secret<32> reduced;
    crypto_core_ed25519_scalar_reduce(reduced.data(), wide.data());
    return reduced;
}

bool is_valid_point(const PublicKey& point) {
    ensure_sodium();
    return crypto_core_ed25519_is_valid_point(point.data()) == 1;
}

Result<PublicKey> blind_point(const Secret<32>& h, const PublicKey& point) {
    ensure_sodium();
    PublicKey product;
    // Refuses non-canonical, small-order and mixed-order points, and h = 0.
    if (crypto_scalarmult_ed25519_noclamp(product.data(), h.data(), point.data()) != 0)
        return fail(Errc::bad_point);
    return product;
}

ExpandedSeed expand_seed(const Seed& seed) {
    Secret<64> expanded;
    crypto_hash_sha512(expanded.data(), seed.data(), Seed::size());
    ExpandedSeed result;
    std::copy_n(expanded.data(), 32, result.scalar.data());
    std::copy_n(expanded.data() + 32, 32, result.prefix.data());
    result.scalar.data()[0] &= 248;  // RFC 8032 §5.1.5 step 2
    result.scalar.data()[31] &= 127;
    result.scalar.data()[31] |= 64;
    return result;
}

Secret<32> blind_scalar(const Secret<32>& h, const Secret<32>& scalar) {
    Secret<32> product;
    crypto_core_ed25519_scalar_mul(product.data(), h.data(), scalar.data());
    return product;
}

PublicKey base_point_times(const Secret<32>& scalar) {
    ensure_sodium();
    PublicKey product;
    // Fails for 0 alone, which no hash will ever give: a bug, not an input.
    if (crypto_scalarmult_ed25519_base_noclamp(product.data(), scalar.data()) != 0) std::abort();
    return product;
}

Signature sign_with_scalar(const Secret<32>& scalar, const Secret<32>& prefix, const PublicKey& key,
                           std::initializer_list<ByteView> parts) {
    const auto nonce = hash_to_scalar({prefix.view()}, parts);
    const auto commitment = base_point_times(nonce);
    const auto challenge = hash_to_scalar({commitment, key}, parts);
    Secret<32> product;
    crypto_core_ed25519_scalar_mul(product.data(), challenge.data(), scalar.data());
    Signature signature;
    std::ranges::copy(commitment, signature.begin());
    crypto_core_ed25519_scalar_add(signature.data() + 32, product.data(), nonce.data());
    return signature;
}

}  // namespace crypto
