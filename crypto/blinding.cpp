// crypto/blinding.cpp - daily keys and their signatures, byte by byte as in crypto/README.md.
#include "crypto/blinding.hpp"

#include <sodium/crypto_auth_hmacsha512.h>
#include <sodium/crypto_sign_ed25519.h>

#include <algorithm>
#include <cassert>
#include <vector>

#include "crypto/derived_key.hpp"
#include "crypto/name.hpp"
#include "crypto/sodium.hpp"

namespace crypto {
namespace {

constexpr std::string_view name_salt = "hedgewitch/v1/name";
constexpr std::string_view writer_salt = "hedgewitch/v1/writer";
constexpr std::string_view nonce_salt = "hedgewitch/v1/nonce";
constexpr std::size_t invite_secret_size = 16;
constexpr std::uint8_t separator = 0;  // ends the domain: no domain of ours holds a NUL

std::vector<std::uint8_t> with_domain(std::string_view domain, ByteView message) {
    assert(domain.find('\0') == std::string_view::npos);
    std::vector<std::uint8_t> joined;
    joined.reserve(domain.size() + 1 + message.size());
    joined.insert(joined.end(), domain.begin(), domain.end());
    joined.push_back(separator);
    joined.insert(joined.end(), message.begin(), message.end());
    return joined;
}

std::vector<std::uint8_t> period_info(std::string_view label, std::uint32_t period) {
    std::vector<std::uint8_t> info;
    info.reserve(1 + label.size() + 4);
    info.push_back(static_cast<std::uint8_t>(label.size()));
    info.insert(info.end(), label.begin(), label.end());
    for (int shift = 24; shift >= 0; shift -= 8)
        info.push_back(static_cast<std::uint8_t>(period >> shift));
    return info;
}

// The last steps of any blinding: the key times h, which is made from the first 64 bytes.
Result<Blinding> blind_with(const PublicKey& key, const Secret<96>& okm, std::uint32_t period) {
    Blinding blinding;
    blinding.period = period;
    std::copy_n(okm.data(), 64, blinding.okm_head.data());
    std::copy_n(okm.data() + 64, 32, blinding.box_key.data());
    blinding.scalar = reduce_scalar(blinding.okm_head);
    const auto blinded = blind_point(blinding.scalar, key);
    if (!blinded) return tl::unexpected(blinded.error());
    blinding.blinded = *blinded;
    return blinding;
}

Result<Blinding> blind_unchecked(const PublicKey& owner, ByteView secret, std::string_view label,
                                 std::uint32_t period) {
    Secret<32 + invite_secret_size> ikm;  // A || s
    std::ranges::copy(owner, ikm.data());
    std::ranges::copy(secret, ikm.data() + owner.size());
    Secret<96> okm;
    hkdf_sha512(bytes_of(name_salt), ikm.view().first(owner.size() + secret.size()),
                period_info(label, period), {okm.data(), okm.size()});
    return blind_with(owner, okm, period);
}

}  // namespace

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

Result<Blinding> blind(const PublicKey& owner, ByteView secret, std::string_view label,
                       std::uint32_t period) {
    if (const auto canonical = canonical_label(label); !canonical || *canonical != label)
        return fail(Errc::bad_label);
    if (!secret.empty() && secret.size() != invite_secret_size) return fail(Errc::bad_length);
    return blind_unchecked(owner, secret, label, period);
}

Result<Blinding> blind_revocation(const PublicKey& owner, std::uint32_t epoch) {
    return blind_unchecked(owner, {}, {}, epoch);
}

Result<Blinding> blind_writer(const PublicKey& writer, const Blinding& name) {
    Secret<32 + 64> ikm;  // A of the writer || okm[0..63] of the name
    std::ranges::copy(writer, ikm.data());
    std::ranges::copy(name.okm_head.view(), ikm.data() + writer.size());
    Secret<96> okm;
    hkdf_sha512(bytes_of(writer_salt), ikm.view(), {}, {okm.data(), okm.size()});
    return blind_with(writer, okm, name.period);
}

BlindedSigner::BlindedSigner(const Identity& owner, const Blinding& blinding) {
    const auto expanded = expand_seed(owner.seed());
    scalar_ = blind_scalar(blinding.scalar, expanded.scalar);
    hkdf_sha512(bytes_of(nonce_salt), expanded.prefix.view(), blinding.okm_head.view(),
                {prefix_.data(), prefix_.size()});
    // From d', not from the argument: a signature under a key that is not d'B would give d' away.
    public_key_ = base_point_times(scalar_);
    assert(public_key_ == blinding.blinded);  // the blinding of another owner
}

Signature BlindedSigner::sign(std::string_view domain, ByteView message) const {
    assert(domain.find('\0') == std::string_view::npos);
    return sign_with_scalar(scalar_, prefix_, public_key_, {bytes_of(domain), {&separator, 1}, message});
}

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
