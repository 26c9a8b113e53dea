// crypto/identity.hpp - a node's Ed25519 key pair. The seed is the identity; all else is derived from it.
// Immutable after construction: any thread may read.
#pragma once

#include "crypto/seed.hpp"

namespace crypto {

using PublicKey = Bytes<32>;  // compressed Edwards point, RFC 8032 §5.1.2
using Signature = Bytes<64>;  // R || S

/// Fills `out` from the operating system's generator. The only random bytes of this folder; cores are given
/// theirs.
void random_bytes(std::span<std::uint8_t> out);

template <std::size_t N>
[[nodiscard]] Bytes<N> random_array() {
    Bytes<N> bytes;
    random_bytes(bytes);
    return bytes;
}

class Identity {
public:
    static Identity generate();
    static Identity from_seed(const Seed& seed);

    [[nodiscard]] const PublicKey& public_key() const noexcept { return public_key_; }
    [[nodiscard]] const Seed& seed() const noexcept { return seed_; }
    [[nodiscard]] Identity clone() const { return from_seed(seed_); }

private:
    Identity() = default;
    Seed seed_;
    PublicKey public_key_{};
};

}  // namespace crypto
