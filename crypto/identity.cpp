// crypto/identity.cpp - Ed25519 key pairs from seeds.
#include "crypto/identity.hpp"

#include <sodium/crypto_sign_ed25519.h>
#include <sodium/randombytes.h>

#include "crypto/sodium.hpp"

namespace crypto {

void random_bytes(std::span<std::uint8_t> out) {
    ensure_sodium();
    randombytes_buf(out.data(), out.size());
}

Identity Identity::generate() {
    Seed seed;
    random_bytes({seed.data(), Seed::size()});
    return from_seed(seed);
}

Identity Identity::from_seed(const Seed& seed) {
    ensure_sodium();
    Identity identity;
    identity.seed_ = seed.clone();
    Secret<crypto_sign_ed25519_SECRETKEYBYTES> expanded;  // seed || public key; only the public half is kept
    crypto_sign_ed25519_seed_keypair(identity.public_key_.data(), expanded.data(), seed.data());
    return identity;
}

}  // namespace crypto
