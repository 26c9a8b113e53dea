// tests/node/daemon/sip_status_test.cpp - counters become figures of the same name.
#include "node/daemon/sip_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace node {
namespace {

using testing::ElementsAre;

TEST(SipStatus, names_whose_key_has_changed_wait_for_the_person) {
    TrustEntry same, changed;
    same.name = "example.org";
    changed.name = "example.net";
    changed.new_key = crypto::PublicKey{1};
    const auto status = trust_status({same, changed});
    EXPECT_EQ(status.names, 2U);
    EXPECT_THAT(status.changed, ElementsAre("example.net"));
}

TEST(SipStatus, TLS_is_counted_apart_from_other_connections) {
    sip::TransportCounters counters;
    counters.connections_open = 3;
    counters.tls_accepted = 2;
    counters.tls_pinned = 1;
    EXPECT_EQ(transport_status(counters).connections_open, 3U);
    const auto tls = tls_status(sip::KeyHash{0xab, 0x01}, counters);
    EXPECT_EQ(tls.key_hash.substr(0, 6), "ab0100");
    EXPECT_EQ(tls.key_hash.size(), 64U);
    EXPECT_EQ(tls.accepted, 2U);
    EXPECT_EQ(tls.edges_called, 1U);
}

}  // namespace
}  // namespace node
