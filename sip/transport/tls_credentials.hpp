// sip/transport/tls_credentials.hpp - who we are in TLS, and how we judge others: GnuTLS's credentials for
// each kind of connection (RFC 5246, RFC 8446, RFC 5922). Why GnuTLS: it is here already (OpenDHT),
// and a session over a socket that does not block fits our loop. Immutable after construction; sessions hold
// it by shared_ptr, so that a reload leaves open connections alone.
#pragma once

#include <gnutls/gnutls.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "sip/flow.hpp"
#include "sip/peer.hpp"

namespace sip {

/// Start-up and reload only.
class TlsError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// PEM: a certificate chain, leaf first, and the leaf's key.
struct TlsIdentity {
    std::string chain;
    std::string key;
};

/// To whom a session as a server is.
enum class TlsCaller : std::uint8_t {
    phone_or_edge,
    relayed_too,   // or one who wants to be relayed for: ALPN hw-relay/1
    behind_relay,  // somebody whom a relay passes on to us: TLS 1.3 alone, so that it sees no certificate
};
/// Chosen by the handshake.
[[nodiscard]] bool speaks_frames(gnutls_session_t session);

class TlsCredentials {
public:
    /// `server`: shown to whoever connects. `edge`: shown to edges that we call and know by their key, and to
    /// nobody else: its chain says which zone we are. Throws TlsError: unreadable, or key and certificate do
    /// not belong together.
    TlsCredentials(const TlsIdentity& server, const TlsIdentity& edge);
    ~TlsCredentials();
    TlsCredentials(const TlsCredentials&) = delete;  // C handles inside
    TlsCredentials& operator=(const TlsCredentials&) = delete;

    /// Of the server's leaf: what callers pin.
    [[nodiscard]] const KeyHash& key_hash() const noexcept { return key_hash_; }

    /// A session over `fd`, which must not block. Null: no memory. tls or wss: what is spoken inside.
    [[nodiscard]] gnutls_session_t accept(int fd, Transport transport,
                                          TlsCaller caller = TlsCaller::phone_or_edge) const;
    /// `expected` must outlive the handshake.
    [[nodiscard]] gnutls_session_t connect(int fd, const PeerExpectation& expected) const;

private:
    gnutls_session_t session(unsigned flags, int fd, gnutls_priority_t priority,
                             gnutls_certificate_credentials_t shown) const;
    [[nodiscard]] gnutls_certificate_credentials_t trusting() const;
    void release();

    gnutls_certificate_credentials_t server_ = nullptr;
    gnutls_certificate_credentials_t edge_ = nullptr;    // to edges whose key we know
    gnutls_certificate_credentials_t nobody_ = nullptr;  // shows nothing
    mutable gnutls_certificate_credentials_t trusting_ =
        nullptr;  // the same, with this machine's authorities
    gnutls_priority_t usual_ = nullptr, pinned_ = nullptr;
    KeyHash key_hash_{};
};

/// What a finished handshake has proved of the peer; nothing when it showed no certificate.
[[nodiscard]] std::optional<PeerIdentity> peer_of(gnutls_session_t session, const std::string& checked_name);

/// SHA-256 of the SubjectPublicKeyInfo of the first certificate in `pem`. Throws TlsError.
[[nodiscard]] KeyHash key_hash_of(const std::string& pem);

}  // namespace sip
