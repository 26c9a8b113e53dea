// tests/node/cli/callers_test.cpp - `callers` through the binary.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/waiting_callers.hpp"
#include "tests/node/process.hpp"

namespace node {
namespace {

using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

struct CallersCli : testing::Test {
    CallersCli() { std::filesystem::create_directory(node.state()); }
    /// What the running node would have kept; its number.
    std::string called(const std::string& uri, bool verified, const std::string& name = "alice") {
        Database db(node.state() / "state.db", Durability::process_crash);
        WaitingCallers table(db);
        (void)table.note({0, "bob", uri, name, verified, wall_now(), wall_now(), 1});
        return std::to_string(table.waiting().front().number);
    }
    Json list() { return Json::parse(node.command({"callers", "--json"}).out); }
    TestNode node{""};
    const std::string alice =
        "sip:alice@" +
        crypto::encode_name(crypto::Identity::from_seed(crypto::Seed{crypto::Bytes<32>{1}}).public_key()) +
        ".hedge.alt";
};

TEST_F(CallersCli, a_verified_caller_is_accepted_under_the_first_name_that_is_free) {
    EXPECT_THAT(node.command({"callers"}).out, HasSubstr("Nobody waits."));
    ASSERT_EQ(node.command({"contact", "add", "alice", "sip:alice@example.org"}).code, 0);
    const auto number = called(alice, true);
    EXPECT_THAT(node.command({"callers"}).out,
                HasSubstr(number + "  verified    " + alice + "  for bob, 1 call"));
    EXPECT_EQ(list()["waiting"].size(), 1u);
    const auto accepted = node.command({"callers", "accept", number});
    EXPECT_EQ(accepted.code, 0) << accepted.err;
    EXPECT_THAT(accepted.out, HasSubstr("alice-2 is " + alice));
    EXPECT_TRUE(list()["waiting"].empty());
    EXPECT_THAT(node.command({"contact", "list"}).out, HasSubstr("alice-2"));
    EXPECT_THAT(node.command({"callers", "accept", number}).err, HasSubstr("there is no caller " + number));
}

TEST_F(CallersCli, a_name_may_be_given_and_must_then_be_free) {
    ASSERT_EQ(node.command({"contact", "add", "mum", "sip:mum@example.org"}).code, 0);
    const auto number = called(alice, true);
    EXPECT_THAT(node.command({"callers", "accept", number, "mum"}).err,
                HasSubstr("there is a contact mum already"));
    EXPECT_THAT(node.command({"callers", "accept", number, "ally"}).out, HasSubstr("ally is " + alice));
}

TEST_F(CallersCli, who_only_says_who_he_is_cannot_be_accepted) {
    const auto number = called("sip:alice@example.org", false, "Alice");
    EXPECT_THAT(node.command({"callers"}).out, HasSubstr("calls himself \"Alice\""));
    const auto refused = node.command({"callers", "accept", number});
    EXPECT_EQ(refused.code, 1);
    EXPECT_THAT(refused.err, HasSubstr("is only what this caller says"));
    EXPECT_EQ(list()["waiting"].size(), 1u);
}

TEST_F(CallersCli, rejected_callers_are_blocked_until_they_are_unblocked_or_accepted) {
    EXPECT_THAT(node.command({"callers", "reject", called(alice, true)}).out,
                HasSubstr(alice + " is blocked"));
    EXPECT_EQ(list()["blocked"], Json({alice}));
    EXPECT_TRUE(list()["waiting"].empty());
    EXPECT_THAT(node.command({"callers", "list"}).out, HasSubstr("blocked     " + alice));
    EXPECT_EQ(node.command({"callers", "unblock", alice}).code, 0);
    EXPECT_EQ(node.command({"callers", "unblock", alice}).code, 1);
    EXPECT_TRUE(list()["blocked"].empty());
}

}  // namespace
}  // namespace node
