// tests/node/state/waiting_callers_test.cpp - callers who wait, callers who are blocked, and which contact a
// caller is.
#include "node/state/waiting_callers.hpp"

#include <gtest/gtest.h>

#include "crypto/name.hpp"
#include "node/inbound/contact_index.hpp"
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

struct CallerTableTest : ::testing::Test {
    Scratch scratch;
    Database database{scratch.dir / "state.db", Durability::process_crash};
    WaitingCallers table{database};
};

TEST_F(CallerTableTest, calls_of_one_caller_are_counted_together_and_the_number_stays) {
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

TEST_F(CallerTableTest, the_latest_hundred_are_kept_and_the_unverified_push_out_no_verified) {
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

TEST_F(CallerTableTest, who_called_a_month_ago_is_forgotten) {
    EXPECT_TRUE(table.note(caller("sip:a@x", true)));
    EXPECT_TRUE(table.note(caller("sip:b@x", true, std::chrono::days(30))));
    EXPECT_EQ(table.waiting().size(), 2u);
    EXPECT_TRUE(table.note(caller("sip:c@x", true, std::chrono::days(30) + 1s)));
    EXPECT_EQ(table.waiting().size(), 2u);
}

TEST_F(CallerTableTest, the_blocked_outlive_a_restart_and_a_claim_blocks_no_verified_caller) {
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

TEST_F(CallerTableTest, each_user_may_want_something_else_with_strangers) {
    UserTable users(database, "hedgewitch");
    ASSERT_TRUE(users.add({"bob", "hedgewitch", sip::credentials_of("bob", "hedgewitch", "p"), noon}));
    EXPECT_FALSE(table.mode_of("bob"));
    EXPECT_TRUE(table.set_mode("bob", StrangerPolicy::ask));
    EXPECT_EQ(WaitingCallers(database).mode_of("bob"), StrangerPolicy::ask);
    EXPECT_TRUE(table.set_mode("bob", std::nullopt));
    EXPECT_FALSE(table.mode_of("bob"));
    EXPECT_FALSE(table.set_mode("nobody", StrangerPolicy::reject));
}

crypto::PublicKey key(std::uint8_t seed) {
    return crypto::Identity::from_seed(crypto::Seed(crypto::Bytes<32>{seed})).public_key();
}

struct CallerBookTest : ::testing::Test {
    std::map<std::string, crypto::PublicKey> bound;
    CallerBook book{[this](const std::string& name) -> std::optional<crypto::PublicKey> {
        const auto found = bound.find(name);
        return found == bound.end() ? std::nullopt : std::optional(found->second);
    }};
    void know(const std::vector<std::pair<std::string, std::string>>& contacts) {
        std::vector<Contact> rows;
        for (const auto& [name, uri] : contacts)
            rows.push_back(make_contact(name, std::nullopt, uri, noon));
        book.reload(rows);
    }
    static std::string host(std::uint8_t seed) { return crypto::encode_name(key(seed)) + ".hedge.alt"; }
};

TEST_F(CallerBookTest, a_contact_is_known_by_key_and_label) {
    know({{"mum", "sip:alice@" + host(1)}});
    EXPECT_EQ(book.contact_of({key(1), "alice"}), "mum");
    EXPECT_FALSE(book.contact_of({key(1), "bob"}));
    EXPECT_FALSE(book.contact_of({key(2), "alice"}));
}

TEST_F(CallerBookTest, a_contact_at_a_domain_is_known_by_the_key_that_is_bound_to_it) {
    know({{"carol", "sip:carol@example.org"}, {"dave", "sip:dave@riverside"}});
    EXPECT_FALSE(book.contact_of({key(1), "carol"})) << "no key is bound";
    bound["example.org"] = key(1);
    bound["riverside"] = key(2);
    EXPECT_EQ(book.contact_of({key(1), "carol"}), "carol");
    EXPECT_FALSE(book.contact_of({key(2), "carol"}));
    EXPECT_EQ(book.contact_of({key(2), "dave"}), "dave");
    bound["dave@riverside"] = key(3);  // the zone has delegated his name
    EXPECT_EQ(book.contact_of({key(3), "dave"}), "dave");
    EXPECT_FALSE(book.contact_of({key(2), "dave"}));
}

TEST_F(CallerBookTest, key_names_and_addresses_of_contacts_are_not_shown_unverified) {
    know({{"carol", "sip:carol@example.org"}});
    EXPECT_TRUE(book.is_reserved("alice", host(7)));
    EXPECT_TRUE(book.is_reserved("alice", "nonsense.hedge.alt"));
    EXPECT_TRUE(book.is_reserved("Carol", "EXAMPLE.org"));
    EXPECT_TRUE(book.is_reserved("%63arol", "example.org"));
    EXPECT_FALSE(book.is_reserved("dave", "example.org"));
    EXPECT_FALSE(book.is_reserved("carol", "192.0.2.1"));
}

}  // namespace
}  // namespace node
