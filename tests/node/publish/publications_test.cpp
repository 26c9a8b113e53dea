// tests/node/publish/publications_test.cpp - under which names what is published.
#include "node/publish/publications.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using overlay::Kind;
using overlay::RecordName;

const crypto::PublicKey own{1}, owner{2}, friend_key{3};
const std::vector<std::uint8_t> first(16, 0xa1), second(16, 0xb2);

overlay::InnerRecord record() {
    overlay::InnerRecord r;
    r.edges.push_back({{}, {{overlay::Transport::udp, asio::ip::make_address("192.0.2.7"), 5060}}});
    return r;
}
PublishedUser alice() {
    return {"alice", true, {}, record()};
}
Ownership ours() {
    Ownership o;
    o.own_key = own;
    return o;
}

TEST(Publications, a_listed_user_is_published_under_its_name_and_under_each_invite) {
    auto user = alice();
    user.secrets = {first, second};
    const auto all = publications({user}, ours());
    EXPECT_EQ(all.size(), 3U);
    EXPECT_TRUE(all.contains({own, {}, "alice"}));
    EXPECT_TRUE(all.contains({own, first, "alice"}));
    EXPECT_TRUE(all.contains({own, second, "alice"}));
}

TEST(Publications, an_unlisted_user_is_published_under_its_invites_alone) {
    auto user = alice();
    user.listed = false;
    EXPECT_TRUE(publications({user}, ours()).empty());
    user.secrets = {first};
    const auto all = publications({user}, ours());
    EXPECT_EQ(all.size(), 1U);
    EXPECT_TRUE(all.contains({own, first, "alice"}));
}

TEST(Publications, a_user_without_a_phone_is_not_published) {
    auto user = alice();
    user.record.reset();
    user.secrets = {first};
    EXPECT_TRUE(publications({user}, ours()).empty());
}

TEST(Publications, a_user_of_another_owner_is_published_under_the_owners_names_alone) {
    auto ownership = ours();
    ownership.certified = {{owner, {}, "alice"}, {owner, first, "alice"}, {owner, {}, "carol"}};
    const auto all = publications({alice(), {"bob", true, {}, record()}}, ownership);
    EXPECT_EQ(all.size(), 3U);
    EXPECT_TRUE(all.contains({owner, {}, "alice"}));
    EXPECT_TRUE(all.contains({owner, first, "alice"}));
    EXPECT_TRUE(all.contains({own, {}, "bob"})) << "who is nobody else's is ours";
}

TEST(Publications, a_delegated_label_is_published_with_the_key_that_speaks_for_it) {
    auto ownership = ours();
    ownership.delegations["riva"] = friend_key;
    const auto all = publications({}, ownership);
    const auto& delegation = all.at({own, {}, "riva"});
    EXPECT_EQ(delegation.kind, Kind::delegation);
    EXPECT_EQ(delegation.target, friend_key);
}

TEST(Publications, a_revoked_key_says_so_under_every_name_also_for_who_has_no_phone) {
    auto ownership = ours();
    ownership.revoked = true;
    ownership.moved_to = friend_key;
    ownership.delegations["riva"] = owner;
    auto unlisted = alice();
    unlisted.listed = false;
    unlisted.secrets = {first};
    unlisted.record.reset();
    const auto all = publications({unlisted}, ownership);
    EXPECT_EQ(all.size(), 2U);
    EXPECT_FALSE(all.contains({own, {}, "alice"})) << "an unlisted name stays unsaid";
    for (const auto& [name, record] : all) {
        EXPECT_EQ(record.kind, Kind::tombstone);
        EXPECT_EQ(record.target, friend_key);
        EXPECT_TRUE(record.edges.empty());
    }
}

}  // namespace
}  // namespace node
