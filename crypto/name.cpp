// crypto/name.cpp - key names and paper seeds: 32 bytes, a checksum and a version in 56 characters.
#include "crypto/name.hpp"

#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_hash_sha256.h>

#include <algorithm>

#include "crypto/base32.hpp"
#include "crypto/sodium.hpp"

namespace crypto {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::string_view name_domain = "hedgewitch/v1/checksum";
constexpr std::string_view seed_domain = "hedgewitch/v1/seed";

using Packed = Secret<35>;  // value(32) || checksum(2) || version

// SHA-256(domain || value || version)[0..1], of the first 32 and the last byte of `packed`.
Bytes<2> checksum(std::string_view domain, const Packed& packed) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, bytes_of(domain).data(), domain.size());
    crypto_hash_sha256_update(&state, packed.data(), 32);
    crypto_hash_sha256_update(&state, packed.data() + 34, 1);
    Secret<crypto_hash_sha256_BYTES> digest;
    crypto_hash_sha256_final(&state, digest.data());
    sodium_memzero(&state, sizeof state);
    return {digest.data()[0], digest.data()[1]};
}

std::string pack(std::string_view domain, ByteView value) {
    ensure_sodium();
    Packed packed;
    std::ranges::copy(value, packed.data());
    packed.data()[34] = version;
    std::ranges::copy(checksum(domain, packed), packed.data() + 32);
    return base32_encode(packed.view());
}

Result<Packed> unpack(std::string_view domain, std::string_view text) {
    ensure_sodium();
    Packed packed;
    if (const auto decoded = base32_decode(text, {packed.data(), Packed::size()}); !decoded)
        return tl::unexpected(decoded.error());
    // The checksum covers the version, so it goes first: a typo is never taken for a later version.
    if (!std::ranges::equal(checksum(domain, packed), packed.view().subspan(32, 2)))
        return fail(Errc::bad_checksum);
    if (packed.data()[34] != version) return fail(Errc::unknown_version);
    return packed;
}

}  // namespace

std::string encode_name(const PublicKey& key) {
    return pack(name_domain, key);
}

Result<PublicKey> decode_name(std::string_view name) {
    const auto packed = unpack(name_domain, name);
    if (!packed) return tl::unexpected(packed.error());
    PublicKey key;
    std::copy_n(packed->data(), key.size(), key.begin());
    if (crypto_core_ed25519_is_valid_point(key.data()) != 1) return fail(Errc::bad_point);
    return key;
}

std::string encode_seed(const Seed& seed) {
    return pack(seed_domain, seed.view());
}

Result<Seed> decode_seed(std::string_view text) {
    const auto packed = unpack(seed_domain, text);
    if (!packed) return tl::unexpected(packed.error());
    Seed seed;
    std::copy_n(packed->data(), Seed::size(), seed.data());
    return seed;
}

Result<std::string> canonical_label(std::string_view user) {
    if (user.empty() || user.size() > max_label_length) return fail(Errc::bad_label);
    std::string label(user);
    for (char& c : label) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        const bool allowed =
            (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '+' || c == '-';
        if (!allowed) return fail(Errc::bad_label);
    }
    return label;
}

}  // namespace crypto
