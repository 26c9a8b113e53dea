// tests/node/cli/zone_test.cpp - delegations of a zone, through the binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/names/invite.hpp"
#include "node/state/delegation_table.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

crypto::PublicKey key_of(std::uint8_t seed) {
    return crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{seed})).public_key();
}

class CliZone : public testing::Test {
protected:
    CliZone() {
        EXPECT_EQ(node.command({"init"}).code, 0);
        own = node.command({"address"}).out.substr(0, 56);
    }
    std::map<std::string, crypto::PublicKey> targets() {
        Database db(node.state() / "state.db", Durability::process_crash);
        return DelegationTable(db).targets();
    }
    TestNode node{""};
    std::string own;
};

TEST_F(CliZone, a_label_is_delegated_listed_and_revoked) {
    const std::string name = crypto::encode_name(key_of(2));
    const auto done = node.command({"zone", "delegate", "Alice", name});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_THAT(done.out,
                AllOf(StartsWith("alice is delegated to " + name), HasSubstr("[zones]"),
                      HasSubstr("\"riverside\" = \"" + own + "\""), HasSubstr("sip:alice@riverside")));
    EXPECT_EQ(targets(), (std::map<std::string, crypto::PublicKey>{{"alice", key_of(2)}}));
    EXPECT_THAT(node.command({"zone", "list"}).out, MatchesRegex("alice  " + name + "  20[0-9-]+\n"));
    const auto json = nlohmann::json::parse(node.command({"zone", "list", "--json"}).out);
    EXPECT_EQ(json.at(0).at("label"), "alice");
    EXPECT_EQ(json.at(0).at("key"), name);
    EXPECT_EQ(node.command({"zone", "revoke", "alice"}).code, 0);
    EXPECT_THAT(node.command({"zone", "revoke", "alice"}).err, HasSubstr("alice is not delegated"));
    EXPECT_EQ(node.command({"zone", "list"}).out, "");
}

TEST_F(CliZone, the_key_may_be_an_address_or_an_invite_of_that_label) {
    const std::string name = crypto::encode_name(key_of(2));
    EXPECT_EQ(node.command({"zone", "delegate", "alice", "sip:alice@" + name + ".hedge.alt"}).code, 0);
    EXPECT_EQ(node.command({"zone", "delegate", "alice", "hedgewitch:" + name + "/alice"}).code, 0);
    EXPECT_EQ(targets().at("alice"), key_of(2));
    EXPECT_THAT(node.command({"zone", "delegate", "bob", "hedgewitch:" + name + "/alice"}).err,
                HasSubstr("the key of alice, whose node knows no bob"));
    const auto secret = node.command(
        {"zone", "delegate", "carol", format_invite({key_of(3), "carol", std::vector<std::uint8_t>(16, 7)})});
    EXPECT_EQ(secret.code, 0);
    EXPECT_THAT(secret.err, AllOf(HasSubstr("only while carol is listed"), Not(HasSubstr("s="))));
}

TEST_F(CliZone, what_would_lead_nowhere_or_astray_is_refused) {
    const std::string name = crypto::encode_name(key_of(2));
    EXPECT_THAT(node.command({"zone", "delegate", "alice", own}).err, HasSubstr("this node's own key"));
    EXPECT_THAT(node.command({"zone", "delegate", "alice", name.substr(1)}).err, HasSubstr("wrong length"));
    EXPECT_THAT(node.command({"zone", "delegate", "alice", "example.org"}).err,
                HasSubstr("not under .hedge.alt"));
    EXPECT_THAT(node.command({"zone", "delegate", "a/b", name}).err, HasSubstr("is no user name"));
    ASSERT_EQ(node.command({"user", "add", "bob"}).code, 0);
    EXPECT_THAT(node.command({"zone", "delegate", "bob", name}).err, HasSubstr("bob is a user of this node"));
    EXPECT_TRUE(targets().empty());
}

TEST_F(CliZone, another_key_for_a_label_takes_its_place_with_a_warning) {
    const auto first = node.command({"zone", "delegate", "alice", crypto::encode_name(key_of(2))});
    EXPECT_EQ(first.err, "");
    const auto second = node.command({"zone", "delegate", "alice", crypto::encode_name(key_of(3))});
    EXPECT_EQ(second.code, 0);
    EXPECT_THAT(second.err, AllOf(HasSubstr(crypto::encode_name(key_of(2))), HasSubstr("Key changed")));
    EXPECT_EQ(targets().at("alice"), key_of(3));
    EXPECT_EQ(node.command({"zone", "delegate", "alice", crypto::encode_name(key_of(3))}).err, "");
}

TEST_F(CliZone, a_delegated_label_is_no_user) {
    ASSERT_EQ(node.command({"zone", "delegate", "alice", crypto::encode_name(key_of(2))}).code, 0);
    EXPECT_THAT(node.command({"user", "add", "alice"}).err, HasSubstr("`hedgewitch zone revoke alice`"));
    EXPECT_EQ(node.command({"user", "list"}).out, "");
}

TEST(CliZoneWithoutKey, a_zone_needs_an_identity) {
    TestNode node("");
    const auto refused = node.command({"zone", "delegate", "alice", crypto::encode_name(key_of(2))});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("hedgewitch init"));
}

}  // namespace
}  // namespace node
