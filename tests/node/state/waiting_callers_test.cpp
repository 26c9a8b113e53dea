// tests/node/state/waiting_callers_test.cpp - callers who wait, and callers who are blocked.
#include "node/state/waiting_callers.hpp"

#include <gtest/gtest.h>

#include "node/state/user_table.hpp"
#include "sip/auth/digest.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

const std::chrono::sys_seconds noon{1'800'000'000s};

WaitingCaller caller(const std::string& uri, bool verified, std::chrono::seconds after = 0s,
                     const std::string& user = "bob") {
    return {0, user, uri, "Alice", verified, noon + after, noon + after, 1};
}

struct WaitingCallersTest : ::testing::Test {
    Scratch scratch;
    Database database{scratch.dir / "state.db", Durability::process_crash};
    WaitingCallers table{database};
};

TEST_F(WaitingCallersTest, calls_of_one_caller_are_counted_together_and_the_number_stays) {
    EXPECT_TRUE(table.note(caller("sip:a@x", true)));
    const auto number = table.waiting().front().number;
    EXPECT_FALSE(table.note(caller("sip:a@x", true, 60s)));
    EXPECT_TRUE(table.note(caller("sip:a@x", false, 61s))) << "who only says so is another";
    EXPECT_TRUE(table.note(caller("sip:a@x", true, 62s, "carol")));
    const auto waiting = table.waiting();
    ASSERT_EQ(waiting.size(), 3u);
    EXPECT_EQ(waiting.front().user, "carol") << "the latest first";
    const auto found = table.find(number);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->calls, 2);
    EXPECT_EQ(found->first, noon);
    EXPECT_EQ(found->last, noon + 60s);
    EXPECT_FALSE(table.find(number + 100));
    EXPECT_TRUE(table.forget("sip:a@x", true));
    EXPECT_EQ(table.waiting().size(), 1u);
    EXPECT_FALSE(table.forget("sip:a@x", true));
}

TEST_F(WaitingCallersTest, the_latest_hundred_are_kept_and_the_unverified_push_out_no_verified) {
    EXPECT_TRUE(table.note(caller("sip:friend@x", true)));
    for (int i = 0; i < 250; ++i)
        (void)table.note(caller("sip:" + std::to_string(i) + "@x", false, std::chrono::seconds(i)));
    const auto waiting = table.waiting();
    EXPECT_EQ(waiting.size(), max_waiting_callers + 1);
    EXPECT_EQ(waiting.front().caller, "sip:249@x");
    EXPECT_EQ(waiting.back().caller, "sip:friend@x");
    for (int i = 0; i < 250; ++i)
        (void)table.note(caller("sip:" + std::to_string(i) + "@y", true, 1h));
    EXPECT_EQ(table.waiting().size(), 2 * max_waiting_callers);
}

TEST_F(WaitingCallersTest, who_called_a_month_ago_is_forgotten) {
    EXPECT_TRUE(table.note(caller("sip:a@x", true)));
    EXPECT_TRUE(table.note(caller("sip:b@x", true, std::chrono::days(30))));
    EXPECT_EQ(table.waiting().size(), 2u);
    EXPECT_TRUE(table.note(caller("sip:c@x", true, std::chrono::days(30) + 1s)));
    EXPECT_EQ(table.waiting().size(), 2u);
}

TEST_F(WaitingCallersTest, the_blocked_outlive_a_restart_and_a_claim_blocks_no_verified_caller) {
    EXPECT_TRUE(table.block("sip:a@x", false, noon));
    EXPECT_TRUE(table.block("sip:b@x", true, noon));
    const WaitingCallers again(database);
    EXPECT_TRUE(again.is_blocked("sip:a@x", false));
    EXPECT_FALSE(again.is_blocked("sip:a@x", true));
    EXPECT_TRUE(again.is_blocked("sip:b@x", true));
    EXPECT_EQ(again.blocked(), (std::vector<std::string>{"(unverified) sip:a@x", "sip:b@x"}));
    EXPECT_TRUE(table.unblock("sip:b@x"));
    EXPECT_FALSE(table.is_blocked("sip:b@x", true));
    EXPECT_FALSE(table.unblock("sip:b@x"));
}

TEST_F(WaitingCallersTest, each_user_may_want_something_else_with_strangers) {
    UserTable users(database, "hedgewitch");
    ASSERT_TRUE(users.add({"bob", "hedgewitch", sip::credentials_of("bob", "hedgewitch", "p"), noon}));
    EXPECT_FALSE(table.mode_of("bob"));
    EXPECT_TRUE(table.set_mode("bob", StrangerPolicy::ask));
    EXPECT_EQ(WaitingCallers(database).mode_of("bob"), StrangerPolicy::ask);
    EXPECT_TRUE(table.set_mode("bob", std::nullopt));
    EXPECT_FALSE(table.mode_of("bob"));
    EXPECT_FALSE(table.set_mode("nobody", StrangerPolicy::reject));
}

}  // namespace
}  // namespace node
