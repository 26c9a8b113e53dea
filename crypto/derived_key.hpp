// crypto/derived_key.hpp - the arithmetic under blinding: a key times a scalar, signing with the
// product. It knows no format. Ours (blinding.cpp) reads h little-endian; the GNU Name System's test vectors,
// which read it big-endian, check these same functions.
#pragma once

#include <initializer_list>

#include "crypto/error.hpp"
#include "crypto/identity.hpp"

namespace crypto {

/// A 64-byte little-endian number mod L.
Secret<32> reduce_scalar(const Secret<64>& wide);

/// The one encoding of a point of the prime-order group, and not its neutral element. Half a verification.
[[nodiscard]] bool is_valid_point(const PublicKey& point);

/// h*A. Error: bad_point (A outside the prime-order group, or h = 0).
[[nodiscard]] Result<PublicKey> blind_point(const Secret<32>& h, const PublicKey& point);

/// What RFC 8032 §5.1.5 makes of a seed: the clamped scalar a, and the prefix that nonces come from.
struct ExpandedSeed {
    Secret<32> scalar;
    Secret<32> prefix;
};
ExpandedSeed expand_seed(const Seed& seed);

/// h*a mod L.
Secret<32> blind_scalar(const Secret<32>& h, const Secret<32>& scalar);

/// scalar*B. REQUIRES: scalar is not 0 mod L.
PublicKey base_point_times(const Secret<32>& scalar);

/// Ed25519 of RFC 8032 §5.1.6 steps 2-6 over the concatenated parts, with any scalar:
/// r = SHA-512(prefix || m), R = rB, S = SHA-512(R || key || m)*scalar + r.
/// REQUIRES: key = scalar*B. A caller who could name another key would learn the scalar from two signatures.
Signature sign_with_scalar(const Secret<32>& scalar, const Secret<32>& prefix, const PublicKey& key,
                           std::initializer_list<ByteView> parts);

}  // namespace crypto
