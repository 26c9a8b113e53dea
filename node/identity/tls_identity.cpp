// node/identity/tls_identity.cpp - derives the key, writes the certificates.
#include "node/identity/tls_identity.hpp"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <nettle/bignum.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <asio/ip/address.hpp>

#include "crypto/file.hpp"
#include "crypto/hkdf.hpp"
#include "node/addresses.hpp"
#include "node/clock.hpp"
#include "node/home_addresses.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using Bytes32 = std::array<unsigned char, 32>;

// Apple's systems refuse longer ones (825 days), also those that a person trusts.
constexpr auto server_lifetime = std::chrono::days(800);
constexpr auto renew_before = std::chrono::days(30);
constexpr auto clock_slack = std::chrono::days(1);  // of peers whose clock is behind
// Made anew at each start. What ends it is the revocation of the zone's key, not a date.
constexpr auto edge_lifetime = std::chrono::days(3650);
constexpr std::size_t max_file = std::size_t{256} * 1024;

void must(int code, const char* what) {
    if (code < 0) throw sip::TlsError(std::string(what) + ": " + gnutls_strerror(code));
}

gnutls_datum_t datum(std::span<const unsigned char> bytes) {
    return {const_cast<unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())};
}
gnutls_datum_t datum(const std::string& text) {
    return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
            static_cast<unsigned>(text.size())};
}

std::string taken(gnutls_datum_t& data) {
    std::string text(reinterpret_cast<const char*>(data.data), data.size);
    sodium_memzero(data.data, data.size);
    gnutls_free(data.data);
    return text;
}

/// A GnuTLS handle that goes with its scope.
template <typename T, int (*init)(T*), void (*deinit)(T)>
struct Handle {
    Handle() { must(init(&handle), "TLS"); }
    ~Handle() { deinit(handle); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    T handle{};
};
using Certificate = Handle<gnutls_x509_crt_t, gnutls_x509_crt_init, gnutls_x509_crt_deinit>;
using Key = Handle<gnutls_privkey_t, gnutls_privkey_init, gnutls_privkey_deinit>;
using X509Key = Handle<gnutls_x509_privkey_t, gnutls_x509_privkey_init, gnutls_x509_privkey_deinit>;
using PublicKey = Handle<gnutls_pubkey_t, gnutls_pubkey_init, gnutls_pubkey_deinit>;

struct P256 {
    crypto::Secret<32> k;
    Bytes32 x{}, y{};
};

/// The public point of `k`; false: k is 0 or not below the order of the curve.
bool public_point(P256& key) {
    ecc_scalar scalar;
    ecc_point point;
    mpz_t number, x, y;
    nettle_mpz_init_set_str_256_u(number, key.k.size(), key.k.data());
    mpz_inits(x, y, nullptr);
    ecc_scalar_init(&scalar, nettle_get_secp_256r1());
    ecc_point_init(&point, nettle_get_secp_256r1());
    const bool good = ecc_scalar_set(&scalar, number) == 1;
    if (good) {
        ecc_point_mul_g(&point, &scalar);
        ecc_point_get(&point, x, y);
        nettle_mpz_get_str_256(key.x.size(), key.x.data(), x);
        nettle_mpz_get_str_256(key.y.size(), key.y.data(), y);
    }
    sodium_memzero(scalar.p, key.k.size());
    sodium_memzero(mpz_limbs_write(number, 4), key.k.size());
    mpz_clears(number, x, y, nullptr);
    ecc_scalar_clear(&scalar);
    ecc_point_clear(&point);
    return good;
}

P256 derived(const crypto::Identity& identity) {
    P256 key;
    for (std::uint8_t round = 0;; ++round) {  // once in 2^32 a number is too large
        const std::array<std::uint8_t, 5> info{'p', '2', '5', '6', round};
        crypto::Bytes<32> k{};
        crypto::hkdf_sha512(crypto::bytes_of("hedgewitch/v1/tls"), identity.seed().view(), info, k);
        key.k = crypto::Secret<32>(k);
        sodium_memzero(k.data(), k.size());
        if (public_point(key)) return key;
    }
}

void import_pem(Key& into, const std::string& pem) {
    const auto data = datum(pem);
    must(gnutls_privkey_import_x509_raw(into.handle, &data, GNUTLS_X509_FMT_PEM, nullptr, 0), "the TLS key");
}

void set_key(const Certificate& certificate, const Key& key) {
    const PublicKey made;
    must(gnutls_pubkey_import_privkey(made.handle, key.handle, 0, 0), "the TLS key");
    must(gnutls_x509_crt_set_pubkey(certificate.handle, made.handle), "a certificate");
}

void begin(const Certificate& certificate, const std::string& name, std::chrono::sys_seconds now,
           std::chrono::seconds lifetime) {
    auto* const crt = certificate.handle;
    std::array<std::uint8_t, 16> serial{};
    crypto::random_bytes(serial);
    serial[0] = static_cast<std::uint8_t>(serial[0] & 0x7fU) | 1U;  // RFC 5280 §4.1.2.2: positive
    must(gnutls_x509_crt_set_version(crt, 3), "a certificate");
    must(gnutls_x509_crt_set_serial(crt, serial.data(), serial.size()), "a certificate");
    must(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name.data(),
                                       static_cast<unsigned>(name.size())),
         "a certificate");
    // 32 bits in Debian 12's armhf: good until 2038, as that machine is.
    const auto dated = [](std::chrono::sys_seconds at) {
        return static_cast<time_t>(at.time_since_epoch().count());
    };
    must(gnutls_x509_crt_set_activation_time(crt, dated(now - clock_slack)), "a certificate");
    must(gnutls_x509_crt_set_expiration_time(crt, dated(now + lifetime)), "a certificate");
}

void add_name(const Certificate& certificate, const std::string& name) {
    asio::error_code no_address;
    const auto address = asio::ip::make_address(name, no_address);
    const auto add = [&](gnutls_x509_subject_alt_name_t kind, const void* data, std::size_t size) {
        must(gnutls_x509_crt_set_subject_alt_name(certificate.handle, kind, data, static_cast<unsigned>(size),
                                                  GNUTLS_FSAN_APPEND),
             "a certificate");
    };
    if (no_address) return add(GNUTLS_SAN_DNSNAME, name.data(), name.size());
    if (address.is_v4()) {
        const auto bytes = address.to_v4().to_bytes();
        return add(GNUTLS_SAN_IPADDRESS, bytes.data(), bytes.size());
    }
    const auto bytes = address.to_v6().to_bytes();
    add(GNUTLS_SAN_IPADDRESS, bytes.data(), bytes.size());
}

std::string to_pem(const Certificate& certificate) {
    gnutls_datum_t out{};
    must(gnutls_x509_crt_export2(certificate.handle, GNUTLS_X509_FMT_PEM, &out), "a certificate");
    return taken(out);
}

std::string read_pem(const std::filesystem::path& file, const char* key, const Config& config) {
    const auto bytes = crypto::read_file(file, max_file);
    if (!bytes) {
        throw ConfigError(config.file.string() + ": " + key + ": " + file.string() +
                          " cannot be read; it must be a PEM file that this node's user may read");
    }
    return {bytes->begin(), bytes->end()};
}

/// Not refused, as identity.key is: whose key it is, and who else needs it, is not ours to say.
void warn_if_others_read(const std::filesystem::path& key) {
    std::error_code unknown;
    const auto mode = std::filesystem::status(key, unknown).permissions();
    if (unknown || (mode & std::filesystem::perms::others_read) == std::filesystem::perms::none) return;
    spdlog::warn("sip.tls_key: every user of this machine may read it: `chmod o-rwx {}`", key.string());
}

/// What the node's own certificate must name, and what else it may.
struct Names {
    std::vector<std::string> needed, all;
};

Names names_of(const Config& config) {
    Names names;
    names.needed = config.sip.domains;
    for (const auto& listen : config.sip.listen) {
        if (!listen.address.is_unspecified()) names.needed.push_back(listen.address.to_string());
    }
    std::sort(names.needed.begin(), names.needed.end());
    names.needed.erase(std::unique(names.needed.begin(), names.needed.end()), names.needed.end());
    names.all = names.needed;
    names.all.emplace_back("localhost");
    // Whoever connects reads it: the addresses of VPNs, containers and other networks are not his business.
    std::vector<asio::ip::address> homes = home_addresses();
    for (const auto& address : interface_addresses()) {
        const bool in_mesh = std::any_of(config.mesh_prefixes.begin(), config.mesh_prefixes.end(),
                                         [&](const auto& prefix) { return prefix.contains(address); });
        if (in_mesh) homes.push_back(address);
    }
    for (const auto& address : homes) {
        const std::string text = address.to_string();
        if (std::find(names.all.begin(), names.all.end(), text) == names.all.end()) names.all.push_back(text);
    }
    return names;
}

bool is_for(const Certificate& certificate, const std::string& pem, const std::string& key_pem,
            const std::vector<std::string>& names) {
    const bool named = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return gnutls_x509_crt_check_hostname(certificate.handle, name.c_str()) != 0;
    });
    return named && sip::key_hash_of(pem) == sip::key_hash_of(server_certificate(key_pem, {}, build_time()));
}

bool dates_hold(const Certificate& certificate, std::chrono::sys_seconds now) {
    const auto from = gnutls_x509_crt_get_activation_time(certificate.handle);
    const auto until = gnutls_x509_crt_get_expiration_time(certificate.handle);
    return from <= now.time_since_epoch().count() && until >= (now + renew_before).time_since_epoch().count();
}

bool import_pem(const Certificate& into, const std::string& pem) {
    const auto data = datum(pem);
    return gnutls_x509_crt_import(into.handle, &data, GNUTLS_X509_FMT_PEM) >= 0;
}

std::string own_certificate(const Config& config, const StatePaths& paths, const std::string& key,
                            std::chrono::sys_seconds now) {
    const auto file = paths.dir / "tls.crt";
    const Names names = names_of(config);
    if (const auto kept = crypto::read_file(file, max_file)) {
        std::string pem(kept->begin(), kept->end());
        const Certificate certificate;
        if (import_pem(certificate, pem) && is_for(certificate, pem, key, names.needed) &&
            (now < build_time() || dates_hold(certificate, now)))
            return pem;
    }
    std::string pem = server_certificate(key, names.all, std::max(now, build_time()));
    if (!crypto::replace_file(file, crypto::bytes_of(pem)))
        spdlog::warn("tls: {} could not be written; browsers and phones will ask about the certificate again",
                     file.string());
    return pem;
}

}  // namespace

std::string tls_key(const crypto::Identity& identity) {
    const P256 derived_key = derived(identity);
    const X509Key key;
    const auto x = datum(derived_key.x), y = datum(derived_key.y);
    const auto k = datum(std::span(derived_key.k.data(), derived_key.k.size()));
    must(gnutls_x509_privkey_import_ecc_raw(key.handle, GNUTLS_ECC_CURVE_SECP256R1, &x, &y, &k),
         "the TLS key");
    gnutls_datum_t out{};
    must(gnutls_x509_privkey_export2(key.handle, GNUTLS_X509_FMT_PEM, &out), "the TLS key");
    return taken(out);
}

std::string server_certificate(const std::string& key_pem, const std::vector<std::string>& names,
                               std::chrono::sys_seconds now) {
    Key key;
    import_pem(key, key_pem);
    const Certificate certificate;
    begin(certificate, "Hedgewitch", now, server_lifetime);
    set_key(certificate, key);
    for (const auto& name : names)
        add_name(certificate, name);
    // Who adds it to a list of authorities adds no authority.
    must(gnutls_x509_crt_set_basic_constraints(certificate.handle, 0, -1), "a certificate");
    must(gnutls_x509_crt_set_key_usage(certificate.handle, GNUTLS_KEY_DIGITAL_SIGNATURE), "a certificate");
    must(gnutls_x509_crt_set_key_purpose_oid(certificate.handle, GNUTLS_KP_TLS_WWW_SERVER, 0),
         "a certificate");
    must(gnutls_x509_crt_privkey_sign(certificate.handle, certificate.handle, key.handle, GNUTLS_DIG_SHA256,
                                      0),
         "a certificate");
    return to_pem(certificate);
}

std::string edge_chain(const std::string& key_pem, const crypto::Identity& identity,
                       std::chrono::sys_seconds now) {
    Key leaf_key, root_key;
    import_pem(leaf_key, key_pem);
    const auto x = datum(identity.public_key());
    const auto k = datum(std::span(identity.seed().data(), identity.seed().size()));
    must(gnutls_privkey_import_ecc_raw(root_key.handle, GNUTLS_ECC_CURVE_ED25519, &x, nullptr, &k),
         "the identity's key");

    // A signed certificate begins with 0x30, what this key signs elsewhere with "hedgewitch/": neither can
    // be taken for the other.
    const Certificate root, leaf;
    begin(root, "zone", now, edge_lifetime);
    set_key(root, root_key);
    must(gnutls_x509_crt_set_basic_constraints(root.handle, 1, 0), "a certificate");
    must(gnutls_x509_crt_set_key_usage(root.handle, GNUTLS_KEY_KEY_CERT_SIGN), "a certificate");
    must(gnutls_x509_crt_privkey_sign(root.handle, root.handle, root_key.handle, GNUTLS_DIG_SHA512, 0),
         "a certificate");

    begin(leaf, "edge", now, edge_lifetime);
    set_key(leaf, leaf_key);
    must(gnutls_x509_crt_set_basic_constraints(leaf.handle, 0, -1), "a certificate");
    must(gnutls_x509_crt_set_key_usage(leaf.handle, GNUTLS_KEY_DIGITAL_SIGNATURE), "a certificate");
    must(gnutls_x509_crt_set_key_purpose_oid(leaf.handle, GNUTLS_KP_TLS_WWW_CLIENT, 0), "a certificate");
    must(gnutls_x509_crt_privkey_sign(leaf.handle, root.handle, root_key.handle, GNUTLS_DIG_SHA512, 0),
         "a certificate");
    return to_pem(leaf) + to_pem(root);
}

bool still_good(const std::string& certificate_pem, const std::string& key_pem,
                const std::vector<std::string>& names, std::chrono::sys_seconds now) {
    const Certificate certificate;
    return import_pem(certificate, certificate_pem) && dates_hold(certificate, now) &&
           is_for(certificate, certificate_pem, key_pem, names);
}

bool is_stale(sip::Now made, sip::Now now) noexcept {
    constexpr auto set = 1h;  // of the two years, and the day before, that a certificate is good for
    const auto passed = now.steady - made.steady;
    const auto by_wall = now.wall - made.wall;
    return passed >= 24h || by_wall > passed + set || by_wall < passed - set;
}

std::shared_ptr<const sip::TlsCredentials> tls_credentials(const Config& config, const StatePaths& paths,
                                                           const crypto::Identity& identity,
                                                           std::chrono::sys_seconds now) {
    std::string key = tls_key(identity);
    const sip::TlsIdentity edge{edge_chain(key, identity, std::max(now, build_time())), key};
    const bool own = config.sip.tls_certificate.empty();
    if (own != config.sip.tls_key.empty())
        throw ConfigError(config.file.string() +
                          ": sip.tls_certificate and sip.tls_key belong together: set both, or neither");
    if (own) {
        const sip::TlsIdentity server{own_certificate(config, paths, key, now), key};
        return std::make_shared<const sip::TlsCredentials>(server, edge);
    }
    warn_if_others_read(config.sip.tls_key);
    const sip::TlsIdentity server{read_pem(config.sip.tls_certificate, "sip.tls_certificate", config),
                                  read_pem(config.sip.tls_key, "sip.tls_key", config)};
    try {
        return std::make_shared<const sip::TlsCredentials>(server, edge);
    } catch (const sip::TlsError& e) {
        throw ConfigError(config.file.string() + ": sip.tls_certificate (" +
                          config.sip.tls_certificate.string() + ") and sip.tls_key (" +
                          config.sip.tls_key.string() +
                          ") must be a PEM chain, leaf first, and the leaf's unencrypted key: " + e.what());
    }
}

}  // namespace node
