// sip/transport/tls_credentials.cpp - credentials, priorities and certificate checks.
#include "sip/transport/tls_credentials.hpp"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include <algorithm>
#include <asio/ip/address.hpp>
#include <ctime>
#include <vector>

#include "sip/relay_token.hpp"
#include "sip/transport/sip_identities.hpp"

namespace sip {
namespace {

// RFC 8996: TLS 1.0 and 1.1 must not be used. No tickets and no resumption: phones stay connected for hours,
// and a resumed session would have to carry what its certificate proved.
constexpr const char* usual_priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
// Both ends are this program. In TLS 1.3 certificates are encrypted: who listens does not see who calls whom.
constexpr const char* pinned_priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3";

// IANA's name for SIP, and what some take for it. Between a caller's edge and one behind a relay another: the
// relay reads the hello, and need not know what it is about.
constexpr const char *sip_protocol = "sip/2", *sip_protocol_too = "sip", *through_protocol = "hw/1",
                     *frames_protocol = "hw-relay/1";

void must(int code, const std::string& what) {
    if (code < 0) throw TlsError(what + ": " + gnutls_strerror(code));
}

gnutls_datum_t datum(const std::string& text) {
    return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
            static_cast<unsigned>(text.size())};
}

struct Certificate {
    Certificate() { gnutls_x509_crt_init(&handle); }
    ~Certificate() {
        if (handle != nullptr) gnutls_x509_crt_deinit(handle);
    }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    bool import(const gnutls_datum_t& data, gnutls_x509_crt_fmt_t format) const {
        return handle != nullptr && gnutls_x509_crt_import(handle, &data, format) >= 0;
    }
    gnutls_x509_crt_t handle = nullptr;
};

struct PublicKey {
    explicit PublicKey(gnutls_x509_crt_t certificate) {
        if (gnutls_pubkey_init(&handle) < 0) handle = nullptr;
        if (handle != nullptr && gnutls_pubkey_import_x509(handle, certificate, 0) < 0) {
            gnutls_pubkey_deinit(handle);
            handle = nullptr;
        }
    }
    ~PublicKey() {
        if (handle != nullptr) gnutls_pubkey_deinit(handle);
    }
    PublicKey(const PublicKey&) = delete;
    PublicKey& operator=(const PublicKey&) = delete;
    gnutls_pubkey_t handle = nullptr;
};

std::optional<KeyHash> hash_of_key(gnutls_x509_crt_t certificate) {
    const PublicKey key(certificate);
    gnutls_datum_t info{};
    if (key.handle == nullptr || gnutls_pubkey_export2(key.handle, GNUTLS_X509_FMT_DER, &info) < 0)
        return std::nullopt;
    KeyHash hash{};
    const int done = gnutls_hash_fast(GNUTLS_DIG_SHA256, info.data, info.size, hash.data());
    gnutls_free(info.data);
    return done == 0 ? std::optional(hash) : std::nullopt;
}

std::optional<std::array<std::uint8_t, 32>> ed25519_of(gnutls_x509_crt_t certificate) {
    const PublicKey key(certificate);
    gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;
    gnutls_datum_t x{}, y{};
    if (key.handle == nullptr || gnutls_pubkey_export_ecc_raw2(key.handle, &curve, &x, &y, 0) < 0)
        return std::nullopt;
    std::optional<std::array<std::uint8_t, 32>> bytes;
    if (curve == GNUTLS_ECC_CURVE_ED25519 && x.size == 32) std::copy_n(x.data, 32, bytes.emplace().data());
    gnutls_free(x.data);
    gnutls_free(y.data);
    return bytes;
}

/// The peer's certificates, leaf first; at most three, which is one more than an edge has.
std::vector<gnutls_datum_t> shown_by(gnutls_session_t session) {
    unsigned count = 0;
    const gnutls_datum_t* list = gnutls_certificate_get_peers(session, &count);
    if (list == nullptr) return {};
    return {list, list + std::min(count, 3U)};
}

std::optional<KeyHash> key_hash_of_peer(gnutls_session_t session) {
    const auto chain = shown_by(session);
    const Certificate leaf;
    if (chain.empty() || !leaf.import(chain.front(), GNUTLS_X509_FMT_DER)) return std::nullopt;
    return hash_of_key(leaf.handle);
}

// Chain of two: the root is the zone's own key, self-signed, and has issued the leaf whose key the handshake
// has proved. Which zone is believed is not decided here.
std::optional<std::array<std::uint8_t, 32>> zone_key_of(gnutls_session_t session) {
    const auto chain = shown_by(session);
    const Certificate leaf, root;
    if (chain.size() != 2 || !leaf.import(chain[0], GNUTLS_X509_FMT_DER) ||
        !root.import(chain[1], GNUTLS_X509_FMT_DER))
        return std::nullopt;
    gnutls_x509_trust_list_t trusted = nullptr;
    if (gnutls_x509_trust_list_init(&trusted, 0) < 0) return std::nullopt;
    gnutls_x509_crt_t one = root.handle, other = leaf.handle;
    unsigned verdict = GNUTLS_CERT_INVALID;
    const bool asked = gnutls_x509_trust_list_add_cas(trusted, &one, 1, 0) == 1 &&
                       gnutls_x509_trust_list_verify_crt(trusted, &other, 1, 0, &verdict, nullptr) == 0;
    gnutls_x509_trust_list_deinit(trusted, 0);
    if (!asked || verdict != 0) return std::nullopt;
    return ed25519_of(root.handle);
}

/// Called in the handshake, before anything of ours is shown. Not zero: the handshake ends there.
int judge(gnutls_session_t session) {
    const auto* expected = static_cast<const PeerExpectation*>(gnutls_session_get_ptr(session));
    if (expected == nullptr) return 0;  // we are the server: peer_of() tells what was proved
    if (expected->key_hash) return key_hash_of_peer(session) == expected->key_hash ? 0 : -1;
    if (expected->name.empty()) return 0;  // an address was all that was known (RFC 7435)
    unsigned verdict = GNUTLS_CERT_INVALID;
    if (gnutls_certificate_verify_peers2(session, &verdict) < 0 || verdict != 0) return -1;
    const auto chain = shown_by(session);
    const Certificate leaf;
    if (chain.empty() || !leaf.import(chain.front(), GNUTLS_X509_FMT_DER)) return -1;
    // RFC 5922 §7: not as browsers do, who take wildcards and know no SIP URIs.
    return is_for(leaf.handle, expected->name) ? 0 : -1;
}

/// Edges say in their hello that they speak SIP. No phone seen does, and one that is asked for a certificate
/// may ask its user in turn: linphonec 5.1 stands still at its prompt.
int ask_edges(gnutls_session_t session) {
    gnutls_datum_t chosen{};
    if (gnutls_alpn_get_selected_protocol(session, &chosen) == 0)
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
    return 0;
}

void offer(gnutls_session_t session, std::initializer_list<const char*> protocols) {
    std::vector<gnutls_datum_t> list;
    for (const char* protocol : protocols) {
        list.push_back({reinterpret_cast<unsigned char*>(const_cast<char*>(protocol)),
                        static_cast<unsigned>(std::char_traits<char>::length(protocol))});
    }
    gnutls_alpn_set_protocols(session, list.data(), static_cast<unsigned>(list.size()), 0);
}

}  // namespace

TlsCredentials::TlsCredentials(const TlsIdentity& server, const TlsIdentity& edge) {
    const auto load = [](gnutls_certificate_credentials_t& into, const TlsIdentity* identity) {
        must(gnutls_certificate_allocate_credentials(&into), "TLS");
        if (identity == nullptr) return;
        const auto chain = datum(identity->chain), key = datum(identity->key);
        // GnuTLS 3.7 does not free what it has begun when the PEM holds no certificate.
        const Certificate leaf;
        if (!leaf.import(chain, GNUTLS_X509_FMT_PEM)) throw TlsError("the TLS certificate cannot be read");
        must(gnutls_certificate_set_x509_key_mem2(into, &chain, &key, GNUTLS_X509_FMT_PEM, nullptr, 0),
             "the TLS certificate and its key");
    };
    try {
        load(server_, &server);
        load(edge_, &edge);
        load(nobody_, nullptr);
        must(gnutls_priority_init(&usual_, usual_priority, nullptr), "TLS versions");
        must(gnutls_priority_init(&pinned_, pinned_priority, nullptr), "TLS versions");
        key_hash_ = key_hash_of(server.chain);
    } catch (...) {
        release();
        throw;
    }
}

TlsCredentials::~TlsCredentials() {
    release();
}

void TlsCredentials::release() {
    for (auto* credentials : {server_, edge_, nobody_, trusting_}) {
        if (credentials != nullptr) gnutls_certificate_free_credentials(credentials);
    }
    for (auto* priority : {usual_, pinned_}) {
        if (priority != nullptr) gnutls_priority_deinit(priority);
    }
}

// Some hundred certificates, read when the first name is to be checked.
gnutls_certificate_credentials_t TlsCredentials::trusting() const {
    if (trusting_ != nullptr) return trusting_;
    if (gnutls_certificate_allocate_credentials(&trusting_) < 0) return nobody_;
    gnutls_certificate_set_x509_system_trust(trusting_);
    return trusting_;
}

gnutls_session_t TlsCredentials::session(unsigned flags, int fd, gnutls_priority_t priority,
                                         gnutls_certificate_credentials_t shown) const {
    gnutls_session_t session = nullptr;
    if (gnutls_init(&session, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS) < 0)
        return nullptr;
    gnutls_priority_set(session, priority);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, shown);
    gnutls_transport_set_int(session, fd);
    gnutls_handshake_set_timeout(session, 0);  // StreamConnection's timer knows better
    gnutls_session_set_verify_function(session, judge);
    return session;
}

gnutls_session_t TlsCredentials::accept(int fd, Transport transport, TlsCaller caller) const {
    const bool behind = caller == TlsCaller::behind_relay;
    gnutls_session_t made = session(GNUTLS_SERVER, fd, behind ? pinned_ : usual_, server_);
    if (made == nullptr) return nullptr;
    gnutls_session_set_ptr(made, nullptr);
    if (transport == Transport::wss) {
        offer(made, {"http/1.1"});
        return made;  // browsers would ask the person for a certificate
    }
    if (behind) {
        offer(made, {through_protocol});
    } else if (caller == TlsCaller::relayed_too) {
        offer(made, {frames_protocol, sip_protocol, sip_protocol_too});
    } else {
        offer(made, {sip_protocol, sip_protocol_too});
    }
    gnutls_handshake_set_post_client_hello_function(made, ask_edges);
    return made;
}

gnutls_session_t TlsCredentials::connect(int fd, const PeerExpectation& expected) const {
    // Our own certificate names our zone: only an edge whose key the signed record gave may see it, so that
    // no other server, nor whoever sits at its address, learns which zone calls. judge() runs before it is
    // sent (RFC 8446 §4.4.2: the client's comes last).
    gnutls_session_t made =
        expected.key_hash ? session(GNUTLS_CLIENT, fd, pinned_, edge_)
                          : session(GNUTLS_CLIENT, fd, usual_, expected.name.empty() ? nobody_ : trusting());
    if (made == nullptr) return nullptr;
    gnutls_session_set_ptr(made, const_cast<PeerExpectation*>(&expected));
    // RFC 6066 §3: no literal addresses. To a pinned edge none either: it would tell listeners whom we call.
    // Through a relay it is the token, by which it knows whom we want.
    asio::error_code is_name;
    (void)asio::ip::make_address(expected.name, is_name);
    if (!expected.key_hash && !expected.name.empty() && is_name)
        gnutls_server_name_set(made, GNUTLS_NAME_DNS, expected.name.data(), expected.name.size());
    if (!expected.through.empty()) {
        const std::string name = server_name_of(expected.through);
        gnutls_server_name_set(made, GNUTLS_NAME_DNS, name.data(), name.size());
        offer(made, {through_protocol});
    } else if (expected.held) {
        offer(made, {frames_protocol});
    } else {
        offer(made, {sip_protocol, sip_protocol_too});
    }
    return made;
}

bool speaks_frames(gnutls_session_t session) {
    gnutls_datum_t chosen{};
    return gnutls_alpn_get_selected_protocol(session, &chosen) == 0 &&
           std::string_view(reinterpret_cast<const char*>(chosen.data), chosen.size) == frames_protocol;
}

std::optional<PeerIdentity> peer_of(gnutls_session_t session, const std::string& checked_name) {
    const auto hash = key_hash_of_peer(session);
    if (!hash) return std::nullopt;
    return PeerIdentity{*hash, zone_key_of(session), checked_name};
}

KeyHash key_hash_of(const std::string& pem) {
    const Certificate leaf;
    if (!leaf.import(datum(pem), GNUTLS_X509_FMT_PEM)) throw TlsError("no certificate in PEM");
    const auto hash = hash_of_key(leaf.handle);
    if (!hash) throw TlsError("a certificate whose key cannot be read");
    return *hash;
}

}  // namespace sip
