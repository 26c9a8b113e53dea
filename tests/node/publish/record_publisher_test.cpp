// tests/node/publish/record_publisher_test.cpp - what the overlay is told, and what it is not told again.
#include "node/publish/record_publisher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/addresses.hpp"
#include "tests/node/identities.hpp"
#include "tests/node/scratch.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using overlay::RecordName;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<std::uint8_t> secret(16, 0xa1);

/// A node with alice and bob, who have no phone yet.
class Publishing : public testing::Test, public RecordHost {
protected:
    Publishing() {
        tables.users.add({"alice", "hedgewitch", {"x", "y"}, {}});
        tables.users.add({"bob", "hedgewitch", {"x", "y"}, {}});
        publisher.reload();
    }
    std::vector<sip::Binding> phones_of(const std::string& user, sip::Now) const override {
        asked.push_back(user);
        const auto known = phones.find(user);
        return known == phones.end() ? std::vector<sip::Binding>{} : known->second;
    }
    const std::vector<overlay::TransportAddress>& advertised() const override { return addresses; }
    const std::vector<overlay::ThroughEdge>& through() const override { return relays; }
    bool is_reached_by_others(const asio::ip::address&) const override { return false; }
    crypto::Bytes<32> tls_key_hash() const override { return key_hash; }
    crypto::TicketKey ticket_key(std::chrono::sys_seconds wall) const override {
        return {static_cast<std::uint8_t>(
            std::chrono::floor<std::chrono::days>(wall).time_since_epoch().count())};
    }

    RecordPublisher::Changes registers(const std::string& user) {
        sip::Binding phone;
        phone.contact = "sip:" + user + "@192.168.1.9:5060";
        phones[user] = {phone};
        return publisher.user_changed(user, now);
    }
    RecordName ours(const std::string& label, std::vector<std::uint8_t> with = {}) const {
        return {own.public_key(), std::move(with), label};
    }
    static std::vector<RecordName> names(const RecordPublisher::Changes& changes) {
        std::vector<RecordName> all;
        for (const auto& change : changes)
            all.push_back(change.name);
        return all;
    }

    Scratch scratch;
    Config config;
    const crypto::Identity own = identity(1), owner = identity(2);
    sip::Now now{std::chrono::steady_clock::time_point{1000h},
                 std::chrono::sys_days{std::chrono::year(2026) / 11 / 25} + 12h};
    StateTables tables{config, StatePaths(scratch.dir), own.public_key(), now.wall};
    std::map<std::string, std::vector<sip::Binding>> phones;
    mutable std::vector<std::string> asked;
    std::vector<overlay::TransportAddress> addresses{*parse_transport_address("udp:203.0.113.5:5060")};
    std::vector<overlay::ThroughEdge> relays;
    crypto::Bytes<32> key_hash{7};
    RecordPublisher publisher{tables, own, RecordContacts::edge, *this};
};

TEST_F(Publishing, a_node_that_is_met_through_relays_alone_publishes_them_while_a_phone_is_there) {
    addresses.clear();
    relays = {{asio::ip::make_address("203.0.113.9"), 5061, {1, 2, 3}, key_hash}};
    EXPECT_THAT(publisher.refresh(now), IsEmpty()) << "nobody would ring";
    const auto changes = registers("alice");
    ASSERT_THAT(changes, SizeIs(1));
    ASSERT_TRUE(changes[0].record);
    EXPECT_EQ(changes[0].record->through, relays);
    EXPECT_THAT(changes[0].record->edges, IsEmpty());
    EXPECT_THAT(changes[0].record->phones, IsEmpty()) << "each is in an edge, and there is none";
    relays.clear();
    const auto gone = publisher.refresh(now);
    ASSERT_THAT(gone, SizeIs(1));
    EXPECT_FALSE(gone[0].record) << "the relay is gone";
}

TEST_F(Publishing, a_phone_that_comes_changes_the_records_of_its_user_and_asks_for_no_other) {
    EXPECT_THAT(publisher.refresh(now), IsEmpty());
    asked.clear();
    const auto changes = registers("alice");
    ASSERT_THAT(names(changes), testing::ElementsAre(ours("alice")));
    EXPECT_EQ(changes[0].record->edges.at(0).addresses, addresses);
    EXPECT_EQ(changes[0].record->edges.at(0).tls_key_hash, key_hash);
    EXPECT_EQ(changes[0].record->ticket_key, ticket_key(now.wall));
    EXPECT_THAT(asked, testing::ElementsAre("alice"));
}

TEST_F(Publishing, what_is_the_same_is_not_told_twice) {
    EXPECT_THAT(registers("alice"), SizeIs(1));
    EXPECT_THAT(registers("alice"), IsEmpty()) << "a refresh of the same phone";
    EXPECT_THAT(publisher.refresh(now), IsEmpty());
    EXPECT_THAT(registers("bob"), SizeIs(1));
}

TEST_F(Publishing, the_last_phone_that_goes_takes_the_record_along) {
    (void)registers("alice");
    (void)registers("bob");
    phones.erase("alice");
    const auto changes = publisher.user_changed("alice", now);
    EXPECT_EQ(changes, (RecordPublisher::Changes{{ours("alice"), std::nullopt}}));
}

TEST_F(Publishing, another_address_or_TLS_key_changes_every_record_and_none_takes_them_away) {
    (void)registers("alice");
    (void)registers("bob");
    key_hash = {8};
    EXPECT_THAT(publisher.refresh(now), SizeIs(2));
    addresses.clear();
    const auto changes = publisher.refresh(now);
    ASSERT_THAT(changes, SizeIs(2));
    EXPECT_FALSE(changes[0].record || changes[1].record);
}

TEST_F(Publishing, on_another_day_the_records_have_another_ticket_key_and_before_nothing_happens) {
    (void)publisher.refresh(now);
    (void)registers("alice");
    EXPECT_THAT(publisher.on_time({now.steady + 11h, now.wall + 11h}), IsEmpty());
    const sip::Now tomorrow{now.steady + 12h, now.wall + 12h};
    const auto changes = publisher.on_time(tomorrow);
    ASSERT_THAT(changes, SizeIs(1));
    EXPECT_EQ(changes[0].record->ticket_key, ticket_key(tomorrow.wall));
    EXPECT_THAT(publisher.on_time(tomorrow), IsEmpty());
}

TEST_F(Publishing, an_invite_or_a_new_user_counts_after_a_reload) {
    (void)registers("alice");
    ASSERT_TRUE(tables.invites.add({"alice", secret, "for bob", now.wall}));
    EXPECT_THAT(publisher.refresh(now), IsEmpty());
    publisher.reload();
    EXPECT_THAT(names(publisher.refresh(now)), testing::ElementsAre(ours("alice", secret)));
    EXPECT_THAT(registers("carol"), IsEmpty()) << "is nobody";
    tables.users.add({"carol", "hedgewitch", {"x", "y"}, {}});
    publisher.reload();
    EXPECT_THAT(names(registers("carol")), testing::ElementsAre(ours("carol")));
}

TEST_F(Publishing, a_user_of_another_owner_is_published_under_the_owners_name) {
    EXPECT_EQ(publisher.owner_of("alice"), own.public_key());
    const RecordName name{owner.public_key(), {}, "alice"};
    const auto certified = overlay::certify(owner, name, 1, own.public_key(), 20782, 2);
    ASSERT_TRUE(certified);
    tables.certificates.replace(owner.public_key(), {*certified});
    (void)registers("alice");
    publisher.reload();
    EXPECT_EQ(publisher.owner_of("alice"), owner.public_key());
    EXPECT_EQ(publisher.owner_of("bob"), own.public_key());
    EXPECT_THAT(publisher.certified(), SizeIs(1));
    EXPECT_THAT(names(publisher.refresh(now)), testing::UnorderedElementsAre(name, ours("alice")));
    EXPECT_THAT(registers("alice"), IsEmpty());
}

TEST_F(Publishing, a_phone_of_a_user_leaves_a_delegation_beside_it_alone) {
    tables.delegations.delegate("riva", {owner.public_key(), now.wall});
    publisher.reload();
    EXPECT_THAT(names(publisher.refresh(now)), testing::ElementsAre(ours("riva")));
    EXPECT_THAT(names(registers("alice")), testing::ElementsAre(ours("alice")));
    EXPECT_THAT(publisher.refresh(now), IsEmpty());
}

TEST_F(Publishing, a_key_that_is_given_up_says_so_instead_of_where_its_users_are) {
    (void)registers("alice");
    tables.tombstones.revoke_own({}, owner.public_key(), now.wall);
    publisher.reload();
    const auto changes = publisher.refresh(now);
    ASSERT_THAT(changes, SizeIs(2)) << "also of bob, who has no phone";
    EXPECT_EQ(changes[0].record->kind, overlay::Kind::tombstone);
    EXPECT_THAT(registers("bob"), IsEmpty());
}

}  // namespace
}  // namespace node
