// crypto/blinding.cpp - daily keys and their signatures, byte by byte as in crypto/README.md.
#include "crypto/blinding.hpp"

#include <algorithm>
#include <cassert>
#include <vector>

#include "crypto/derived_key.hpp"
#include "crypto/hkdf.hpp"
#include "crypto/name.hpp"
#include "crypto/signature.hpp"

namespace crypto {
namespace {

constexpr std::string_view name_salt = "hedgewitch/v1/name";
constexpr std::string_view writer_salt = "hedgewitch/v1/writer";
constexpr std::string_view ask_salt = "hedgewitch/v1/ask";
constexpr std::string_view nonce_salt = "hedgewitch/v1/nonce";
constexpr std::size_t invite_secret_size = 16;

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

Secret<32> ask_key(const Blinding& name) {
    Secret<32> key;
    hkdf_sha512(bytes_of(ask_salt), name.okm_head.view(), {}, {key.data(), key.size()});
    return key;
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
    return sign_with_scalar(scalar_, prefix_, public_key_, {bytes_of(domain), {&domain_end, 1}, message});
}

}  // namespace crypto
