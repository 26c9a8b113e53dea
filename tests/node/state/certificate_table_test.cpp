// tests/node/state/certificate_table_test.cpp - an owner's certificates are kept, and replaced whole.
#include "node/state/certificate_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/state/state_fixture.hpp"

namespace node {
namespace {

using testing::ElementsAre;

std::vector<std::uint8_t> secret(std::uint8_t n) {
    return std::vector<std::uint8_t>(16, n);
}

struct Certificates : StateTest {
    Database db = open();
    Database again = open();
};

TEST_F(Certificates, certificates_of_one_owner_are_replaced_whole) {
    const crypto::PublicKey owner{1}, other_owner{2};
    overlay::CertifiedName alice{
        {owner, {}, "alice"}, 3, {{20000, overlay::Certificate{1}}, {20001, overlay::Certificate{2}}}};
    overlay::CertifiedName unlisted{{owner, secret(7), "alice"}, 3, {{20000, overlay::Certificate{3}}}};
    overlay::CertifiedName theirs{{other_owner, {}, "bob"}, 5, {{20000, overlay::Certificate{4}}}};
    CertificateTable table(db);
    table.replace(owner, {alice, unlisted});
    table.replace(other_owner, {theirs});
    EXPECT_THAT(CertificateTable(again).all(), ElementsAre(alice, unlisted, theirs));
    alice.slot = 4;
    table.replace(owner, {alice});
    EXPECT_THAT(CertificateTable(again).all(), ElementsAre(alice, theirs));
}

}  // namespace
}  // namespace node
