// tests/sip/certificates.hpp - keys and certificates for tests, each made when it is asked for.
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

#include "sip/transport/tls_credentials.hpp"

namespace sip::made {

class Key {
public:
    explicit Key(gnutls_pk_algorithm_t algorithm = GNUTLS_PK_ECDSA) {
        gnutls_x509_privkey_init(&x509);
        gnutls_privkey_init(&key);
        const unsigned bits =
            algorithm == GNUTLS_PK_ECDSA ? GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1) : 256;
        EXPECT_GE(gnutls_x509_privkey_generate(x509, algorithm, bits, 0), 0);
        EXPECT_GE(gnutls_privkey_import_x509(key, x509, 0), 0);
    }
    ~Key() {
        gnutls_privkey_deinit(key);
        gnutls_x509_privkey_deinit(x509);
    }
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;
    [[nodiscard]] std::string pem() const {
        gnutls_datum_t out{};
        gnutls_x509_privkey_export2(x509, GNUTLS_X509_FMT_PEM, &out);
        std::string text(reinterpret_cast<char*>(out.data), out.size);
        gnutls_free(out.data);
        return text;
    }
    [[nodiscard]] std::array<std::uint8_t, 32> ed25519() const {
        gnutls_ecc_curve_t curve{};
        gnutls_datum_t x{}, y{}, k{};
        gnutls_x509_privkey_export_ecc_raw(x509, &curve, &x, &y, &k);
        std::array<std::uint8_t, 32> bytes{};
        std::copy_n(x.data, std::min<std::size_t>(x.size, 32), bytes.data());
        gnutls_free(x.data);
        gnutls_free(k.data);
        return bytes;
    }
    gnutls_x509_privkey_t x509{};
    gnutls_privkey_t key{};
};

class Certificate {
public:
    /// Self-signed when `issuer` is null. `from` and `until` are seconds from now.
    Certificate(const Key& key, const std::string& name, const Certificate* issuer = nullptr,
                const Key* issuer_key = nullptr, bool authority = false, long from = -3600,
                long until = 3600) {
        gnutls_x509_crt_init(&crt);
        gnutls_x509_crt_set_version(crt, 3);
        const std::array<unsigned char, 2> serial{1, static_cast<unsigned char>(++serials)};
        gnutls_x509_crt_set_serial(crt, serial.data(), serial.size());
        gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name.data(),
                                      static_cast<unsigned>(name.size()));
        gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name.data(),
                                             static_cast<unsigned>(name.size()), GNUTLS_FSAN_SET);
        gnutls_x509_crt_set_activation_time(crt, std::time(nullptr) + from);
        gnutls_x509_crt_set_expiration_time(crt, std::time(nullptr) + until);
        gnutls_x509_crt_set_basic_constraints(crt, authority ? 1 : 0, authority ? 0 : -1);
        gnutls_x509_crt_set_key(crt, key.x509);
        const Key& by = issuer_key != nullptr ? *issuer_key : key;
        const bool edwards = gnutls_privkey_get_pk_algorithm(by.key, nullptr) == GNUTLS_PK_EDDSA_ED25519;
        EXPECT_GE(gnutls_x509_crt_privkey_sign(crt, issuer != nullptr ? issuer->crt : crt, by.key,
                                               edwards ? GNUTLS_DIG_SHA512 : GNUTLS_DIG_SHA256, 0),
                  0);
    }
    ~Certificate() { gnutls_x509_crt_deinit(crt); }
    Certificate(const Certificate&) = delete;
    Certificate& operator=(const Certificate&) = delete;
    [[nodiscard]] std::string pem() const {
        gnutls_datum_t out{};
        gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &out);
        std::string text(reinterpret_cast<char*>(out.data), out.size);
        gnutls_free(out.data);
        return text;
    }
    gnutls_x509_crt_t crt{};

private:
    static inline int serials = 0;
};

/// A node's two certificates on one key, as node/tls_identity makes them.
struct Node {
    explicit Node(const std::string& name = "node.test")
        : server_certificate(key, name),
          root(zone, "zone", nullptr, nullptr, true),
          leaf(key, "edge", &root, &zone) {}
    [[nodiscard]] std::shared_ptr<const TlsCredentials> credentials() const {
        return std::make_shared<const TlsCredentials>(TlsIdentity{server_certificate.pem(), key.pem()},
                                                      TlsIdentity{leaf.pem() + root.pem(), key.pem()});
    }
    [[nodiscard]] KeyHash hash() const { return key_hash_of(server_certificate.pem()); }
    Key key, zone{GNUTLS_PK_EDDSA_ED25519};
    Certificate server_certificate, root, leaf;
};

}  // namespace sip::made
