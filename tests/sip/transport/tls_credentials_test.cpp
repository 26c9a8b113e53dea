// tests/sip/transport/tls_credentials_test.cpp - what may be shown in TLS, and what is refused at start-up
// (two ends that meet are in tls_test.cpp).
#include "sip/transport/tls_credentials.hpp"

#include <gtest/gtest.h>

#include "tests/sip/certificates.hpp"

namespace sip {
namespace {

struct TlsCredentialsTest : testing::Test {
    made::Key key, other;
    made::Certificate certificate{key, "node.test"};
    [[nodiscard]] TlsIdentity good() const { return {certificate.pem(), key.pem()}; }
};

TEST_F(TlsCredentialsTest, the_hash_is_that_of_the_leafs_key_whatever_the_certificate_says) {
    const TlsCredentials credentials(good(), good());
    EXPECT_EQ(credentials.key_hash(), key_hash_of(certificate.pem()));
    const made::Certificate renewed(key, "another-name.test");
    EXPECT_EQ(key_hash_of(renewed.pem()), credentials.key_hash()) << "callers pin the key";
    const made::Certificate of_other(other, "node.test");
    EXPECT_NE(key_hash_of(of_other.pem()), credentials.key_hash());
    EXPECT_EQ(key_hash_of(certificate.pem() + of_other.pem()), credentials.key_hash()) << "the first counts";
}

TEST_F(TlsCredentialsTest, a_key_that_is_not_the_certificates_is_refused_at_once) {
    const TlsIdentity mixed{certificate.pem(), other.pem()};
    EXPECT_THROW(TlsCredentials(mixed, good()), TlsError);
    EXPECT_THROW(TlsCredentials(good(), mixed), TlsError);
}

TEST_F(TlsCredentialsTest, what_is_no_PEM_is_refused) {
    for (const std::string bad :
         {"", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
        EXPECT_THROW(TlsCredentials({bad, key.pem()}, good()), TlsError);
        EXPECT_THROW(TlsCredentials({certificate.pem(), bad}, good()), TlsError);
        EXPECT_THROW((void)key_hash_of(bad), TlsError);
    }
}

TEST_F(TlsCredentialsTest, sessions_outlive_nothing_that_they_need) {
    auto credentials = std::make_unique<TlsCredentials>(good(), good());
    const PeerExpectation pinned{{}, credentials->key_hash()}, named{"node.test", {}};
    for (const auto session :
         {credentials->accept(-1, Transport::tls), credentials->accept(-1, Transport::wss),
          credentials->connect(-1, pinned), credentials->connect(-1, named)}) {
        ASSERT_NE(session, nullptr);
        EXPECT_EQ(peer_of(session, ""), std::nullopt) << "nobody has proved anything yet";
        gnutls_deinit(session);
    }
}

}  // namespace
}  // namespace sip
