// crypto/signature.cpp - signing and verifying with libsodium.
#include "crypto/signature.hpp"

#include <sodium/crypto_sign_ed25519.h>

#include <algorithm>
#include <cassert>
#include <vector>

#include "crypto/sodium.hpp"

namespace crypto {
namespace {

std::vector<std::uint8_t> with_domain(std::string_view domain, ByteView message) {
    assert(domain.find('\0') == std::string_view::npos);
    std::vector<std::uint8_t> joined;
    joined.reserve(domain.size() + 1 + message.size());
    joined.insert(joined.end(), domain.begin(), domain.end());
    joined.push_back(domain_end);
    joined.insert(joined.end(), message.begin(), message.end());
    return joined;
}

}  // namespace

Signature sign(const Identity& owner, std::string_view domain, ByteView message) {
    Secret<crypto_sign_ed25519_SECRETKEYBYTES> key;  // libsodium's form: seed || public key
    std::copy_n(owner.seed().data(), 32, key.data());
    std::ranges::copy(owner.public_key(), key.data() + 32);
    const auto joined = with_domain(domain, message);
    Signature signature;
    crypto_sign_ed25519_detached(signature.data(), nullptr, joined.data(), joined.size(), key.data());
    return signature;
}

bool verify(const PublicKey& key, std::string_view domain, ByteView message, const Signature& signature) {
    ensure_sodium();
    const auto joined = with_domain(domain, message);
    return crypto_sign_ed25519_verify_detached(signature.data(), joined.data(), joined.size(), key.data()) ==
           0;
}

}  // namespace crypto
