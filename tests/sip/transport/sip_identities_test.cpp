// tests/sip/transport/sip_identities_test.cpp - for which domains a certificate stands (RFC 5922 §7).
#include "sip/transport/sip_identities.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/sip/certificates.hpp"

namespace sip {
namespace {

using Names = std::vector<std::pair<gnutls_x509_subject_alt_name_t, std::string>>;

/// Its common name is cn.test, which counts for nothing.
class Leaf {
public:
    explicit Leaf(const Names& names) {
        gnutls_x509_crt_init(&crt);
        gnutls_x509_crt_set_version(crt, 3);
        gnutls_x509_crt_set_serial(crt, "\1", 1);
        gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, "cn.test", 7);
        for (const auto& [kind, value] : names)
            gnutls_x509_crt_set_subject_alt_name(crt, kind, value.data(), static_cast<unsigned>(value.size()),
                                                 GNUTLS_FSAN_APPEND);
        gnutls_x509_crt_set_activation_time(crt, std::time(nullptr) - 60);
        gnutls_x509_crt_set_expiration_time(crt, std::time(nullptr) + 60);
        gnutls_x509_crt_set_key(crt, key.x509);
        EXPECT_GE(gnutls_x509_crt_privkey_sign(crt, crt, key.key, GNUTLS_DIG_SHA256, 0), 0);
        // As it comes off the wire: GnuTLS shows no names of one that was never read.
        gnutls_datum_t der{};
        EXPECT_GE(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), 0);
        // GnuTLS writes no NUL into a name; a forger does.
        constexpr std::string_view nul_here = "org!evil";
        auto* const end = der.data + der.size;
        auto* const found = std::search(der.data, end, nul_here.begin(), nul_here.end());
        if (found != end) found[3] = 0;
        gnutls_x509_crt_deinit(crt);
        gnutls_x509_crt_init(&crt);
        EXPECT_GE(gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER), 0);
        gnutls_free(der.data);
    }
    ~Leaf() { gnutls_x509_crt_deinit(crt); }
    Leaf(const Leaf&) = delete;
    Leaf& operator=(const Leaf&) = delete;
    made::Key key;
    gnutls_x509_crt_t crt{};
};

constexpr auto dns = GNUTLS_SAN_DNSNAME;
constexpr auto uri = GNUTLS_SAN_URI;

TEST(SipIdentities, a_wildcard_stands_for_nobody) {
    const Leaf wild({{dns, "*.example.org"}, {dns, ".example.org"}, {dns, "s*.example.org"}});
    for (const char* name : {"sip.example.org", "example.org", "a.b.example.org", "cn.test"})
        EXPECT_FALSE(is_for(wild.crt, name)) << name;
    const Leaf wild_uri({{uri, "sip:*.example.org"}});
    EXPECT_FALSE(is_for(wild_uri.crt, "sip.example.org"));
}

TEST(SipIdentities, a_DNS_name_is_taken_whole_in_any_case) {
    const Leaf leaf({{dns, "SIP.Example.org"}, {dns, "other.test"}});
    for (const char* name : {"sip.example.org", "sip.EXAMPLE.org.", "other.test"})
        EXPECT_TRUE(is_for(leaf.crt, name)) << name;
    for (const char* name : {"example.org", "a.sip.example.org", "ip.example.org", "", "cn.test"})
        EXPECT_FALSE(is_for(leaf.crt, name)) << name;
    const Leaf cut({{dns, "example.org!evil.test"}});
    EXPECT_FALSE(is_for(cut.crt, "example.org"));
}

TEST(SipIdentities, a_SIP_URI_counts_and_then_no_DNS_name_does) {
    const Leaf leaf({{dns, "host.example.org"}, {uri, "SIP:Example.org"}, {uri, "https://www.example.org"}});
    EXPECT_EQ(sip_identities(leaf.crt), std::vector<std::string>{"example.org"});
    EXPECT_TRUE(is_for(leaf.crt, "example.org"));
    EXPECT_FALSE(is_for(leaf.crt, "host.example.org"));
    EXPECT_FALSE(is_for(leaf.crt, "www.example.org"));
}

TEST(SipIdentities, a_URI_of_a_person_or_of_another_scheme_is_none) {
    const Leaf leaf({{uri, "sip:alice@example.org"},
                     {uri, "sips:secure.example.org"},
                     {uri, "im:x.test"},
                     {uri, "sip:"},
                     {dns, "host.example.org"}});
    EXPECT_EQ(sip_identities(leaf.crt), std::vector<std::string>{"host.example.org"});
}

TEST(SipIdentities, an_address_is_proved_by_an_address_alone) {
    const Leaf leaf({{GNUTLS_SAN_IPADDRESS, std::string("\xc0\0\2\1", 4)}, {dns, "192.0.2.2"}});
    EXPECT_TRUE(is_for(leaf.crt, "192.0.2.1"));
    EXPECT_FALSE(is_for(leaf.crt, "192.0.2.2"));
}

}  // namespace
}  // namespace sip
