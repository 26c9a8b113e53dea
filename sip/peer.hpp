// sip/peer.hpp - who is at the other end of a TLS connection: what we expect of it, and what it has proved.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace sip {

using KeyHash = std::array<std::uint8_t, 32>;  // SHA-256 of a SubjectPublicKeyInfo (RFC 7469 §2.4)

/// What the peer of a connection that we open must show, before a byte of SIP is sent.
struct PeerExpectation {
    /// Whom we want: told to the peer (SNI, RFC 6066 §3), whose certificate must be for this name and from an
    /// authority that this machine trusts. Empty: nothing is told.
    std::string name;
    /// This very key, whatever its certificate says. Then we show our own certificate, too, and TLS is 1.3,
    /// in which nobody else sees either.
    std::optional<KeyHash> key_hash;
    /// Whom we want cannot be called: the endpoint is that of a relay, which is told this token of his, 26
    /// characters of base32, and passes bytes on. TLS ends at himself; `key_hash` is his. Empty: no relay.
    std::string through = {};
    /// We want no SIP there, but to be held as one whom it relays for (node/relay/README.md).
    bool held = false;
    [[nodiscard]] bool empty() const noexcept { return name.empty() && !key_hash; }
    friend bool operator==(const PeerExpectation&, const PeerExpectation&) = default;
};

/// What the peer of a connection has proved in its handshake.
struct PeerIdentity {
    KeyHash key_hash{};  // it holds this key
    /// The Ed25519 key that issued its certificate: the zone it calls for. Its holder trusts the holder of
    /// `key_hash` to speak for it. Only of an edge that called us over a pinned connection.
    std::optional<std::array<std::uint8_t, 32>> zone_key;
    std::string name;  // that its certificate was checked for; we opened the connection
    friend bool operator==(const PeerIdentity&, const PeerIdentity&) = default;
};

}  // namespace sip
