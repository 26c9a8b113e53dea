// tests/node/identity/own_tls_test.cpp - certificates while the node runs.
#include "node/identity/own_tls.hpp"

#include <gtest/gtest.h>

#include "node/clock.hpp"
#include "tests/node/identities.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

struct OwnTlsTest : ::testing::Test {
    Scratch scratch;
    const crypto::Identity own = identity(1);
    Config config;
    const StatePaths paths{scratch.dir};
    const sip::Now start = now();
    void serve(const std::string& certificate) {
        config.sip.tls_certificate = scratch.dir / "a.crt";
        config.sip.tls_key = scratch.dir / "a.key";
        write_text(config.sip.tls_certificate, certificate);
        write_text(config.sip.tls_key, tls_key(own));
    }
};

TEST_F(OwnTlsTest, what_is_renewed_is_shown_from_then_on) {
    serve(server_certificate(tls_key(own), {"example.org"}, start.wall));
    OwnTls tls(config, paths, own, start);
    const auto before = tls.credentials();
    serve(server_certificate(tls_key(own), {"example.net"}, start.wall));
    EXPECT_TRUE(tls.renew(start));
    EXPECT_NE(tls.credentials(), before);
    EXPECT_EQ(tls.key_hash(), before->key_hash()) << "callers know the node by it";
}

TEST_F(OwnTlsTest, a_file_that_was_broken_meanwhile_leaves_the_old_certificate_in_use) {
    serve(server_certificate(tls_key(own), {"example.org"}, start.wall));
    OwnTls tls(config, paths, own, start);
    const auto before = tls.credentials();
    serve("half a certif");
    EXPECT_FALSE(tls.renew(start));
    EXPECT_EQ(tls.credentials(), before);
}

TEST_F(OwnTlsTest, is_stale_after_a_day_until_it_is_renewed) {
    OwnTls tls(config, paths, own, start);
    const sip::Now later{start.steady + 25h, start.wall + 25h};
    EXPECT_FALSE(tls.is_stale(start));
    EXPECT_TRUE(tls.is_stale(later));
    EXPECT_TRUE(tls.renew(later));
    EXPECT_FALSE(tls.is_stale(later));
}

}  // namespace
}  // namespace node
