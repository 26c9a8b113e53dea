// crypto/blinding.hpp - daily keys for a name: the DHT sees A', never A, and cannot link two days.
// After the GNU Name System (RFC 9498 §5.1.2) and Tor's rend-spec-v3 A.2; ours reads h little-endian.
#pragma once

#include <string_view>

#include "crypto/error.hpp"
#include "crypto/identity.hpp"

namespace crypto {

/// What (A, s, label, P) give. Holding it means being able to find and read the record, not to write it.
struct Blinding {
    PublicKey blinded{};  // A' = h*A; what storers see and verify with
    Secret<32> box_key;   // K, for XChaCha20-Poly1305
    Secret<32> scalar;  // h mod L; with d' it gives the owner's secret scalar back: never leaves the process
    Secret<64> okm_head;       // okm[0..63], binds the nonce prefix to this name and period
    std::uint32_t period = 0;  // P = floor(unix / 86400); of a revocation the epoch, overlay/tombstone.hpp
};

/// `secret` is empty, or the 16 bytes of an invite. `label` must be canonical.
/// Errors: bad_label, bad_length (secret), bad_point.
[[nodiscard]] Result<Blinding> blind(const PublicKey& owner, ByteView secret, std::string_view label,
                                     std::uint32_t period);

/// Of the key itself, for its tombstones: the empty label, which no name has, and no secret, as whoever knows
/// the key must be able to learn that it is revoked. Error: bad_point.
[[nodiscard]] Result<Blinding> blind_revocation(const PublicKey& owner, std::uint32_t epoch);

/// The key that `writer`, a node without the owner's seed, signs a name's blocks with on one day. Not its own
/// key: storers would see that in each block, and could link days and names by it. Made from `name`'s okm, so
/// that only who holds the name can tell. Of the result, box_key means nothing. Error: bad_point.
[[nodiscard]] Result<Blinding> blind_writer(const PublicKey& writer, const Blinding& name);

/// Who asks a node of the owner's for a name's block proves with it that he knows the name, which a storer,
/// who sees A', does not (overlay/direct_ask.hpp).
[[nodiscard]] Secret<32> ask_key(const Blinding& name);

/// Signs with the derived scalar d' = h*a mod L. Holds secrets; wiped on destruction.
class BlindedSigner {
public:
    BlindedSigner(const Identity& owner, const Blinding& blinding);
    [[nodiscard]] const PublicKey& public_key() const noexcept { return public_key_; }  // A'
    /// Plain Ed25519 over domain || 0x00 || message, deterministic.
    [[nodiscard]] Signature sign(std::string_view domain, ByteView message) const;

private:
    PublicKey public_key_{};
    Secret<32> scalar_;
    Secret<32> prefix_;
};

}  // namespace crypto
