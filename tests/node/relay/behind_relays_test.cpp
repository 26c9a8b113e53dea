// tests/node/relay/behind_relays_test.cpp - which relays a node that nobody can call asks, keeps and
// publishes.
#include "node/relay/behind_relays.hpp"

#include <gtest/gtest.h>

#include "node/relay/relay_sentence.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;
using Type = RelayFrame::Type;
using Standing = BehindRelays::Standing;

RelayCandidate candidate(const std::string& contact, std::uint8_t number) {
    return {contact,
            crypto::PublicKey{number},
            {asio::ip::make_address("203.0.113." + std::to_string(number)), 5061},
            sip::KeyHash{number}};
}

sip::Flow flow(std::uint64_t connection) {
    return {sip::Transport::tls, {}, {}, connection};
}

struct Behind : testing::Test {
    BehindRelays behind;
    BehindRelays::Time now{1000h};
    RelayCandidate bob = candidate("bob", 2), carol = candidate("carol", 3), dave = candidate("dave", 4);
    std::uint64_t connections = 0;
    const crypto::Bytes<32> key{9};

    void wants_relays(std::vector<RelayCandidate> candidates) {
        behind.set_reached(false, now);
        behind.set_candidates(std::move(candidates), now);
        now += 5s;
    }
    /// The names of those that are opened; each connection begins.
    std::vector<std::string> opens() {
        std::vector<std::string> names;
        for (const auto& relay : behind.on_time(now).open) {
            names.push_back(relay.contact);
            (void)behind.opened(relay, flow(++connections), now);
        }
        return names;
    }
    BehindRelays::Actions hears(std::uint64_t connection, RelayFrame frame) {
        return behind.frame(flow(connection), frame, now);
    }
    BehindRelays::Actions token(std::uint64_t connection, std::uint8_t number) {
        RelayFrame frame;
        frame.type = Type::token;
        frame.token = sip::RelayToken{number};
        return hears(connection, frame);
    }
    std::vector<std::uint8_t> published() const {
        std::vector<std::uint8_t> tokens;
        for (const auto& edge : behind.through(key))
            tokens.push_back(edge.token[0]);
        return tokens;
    }
    std::string says() const {
        return with_relays("Others cannot reach you: the router is silent.", behind, true, now);
    }
};

using Numbers = std::vector<std::uint8_t>;
using Names = std::vector<std::string>;

TEST_F(Behind, a_node_that_others_reach_asks_nobody) {
    behind.set_candidates({bob}, now);
    EXPECT_TRUE(opens().empty());
    behind.set_reached(false, now);
    now += 4s;
    EXPECT_TRUE(opens().empty()) << "it may only be starting";
    behind.set_reached(true, now);
    now += 2s;
    EXPECT_TRUE(opens().empty());
}

TEST_F(Behind, two_are_held_and_published_when_they_have_given_a_token) {
    wants_relays({bob, carol, dave});
    EXPECT_EQ(opens(), (Names{"bob", "carol"}));
    EXPECT_TRUE(published().empty());
    (void)token(1, 1);
    EXPECT_EQ(published(), Numbers{1});
    (void)token(2, 2);
    const auto edges = behind.through(key);
    ASSERT_EQ(edges.size(), 2U);
    EXPECT_EQ(edges[1].relay, carol.at.address);
    EXPECT_EQ(edges[1].port, 5061);
    EXPECT_EQ(edges[1].tls_key_hash, key);
    EXPECT_TRUE(opens().empty());
    EXPECT_EQ(says(),
              "You are reached through bob's node and carol's node. Nobody can call you directly: the router "
              "is silent.");
}

TEST_F(Behind, a_node_that_others_reach_may_hold_relays_for_their_doors_and_is_met_through_none) {
    behind.set_reached(true, now);
    now += 1h;
    behind.set_candidates({bob, carol}, now);
    EXPECT_TRUE(opens().empty());
    behind.want_doors(true);
    EXPECT_TRUE(behind.lacks_relays(now));
    EXPECT_EQ(opens(), (Names{"bob", "carol"}));
    (void)token(1, 1);
    EXPECT_TRUE(published().empty());
    EXPECT_EQ(says(), "Others cannot reach you: the router is silent.") << "as it was handed in";
    EXPECT_EQ(behind.held(bob.key_hash), flow(1));
    EXPECT_FALSE(behind.held(carol.key_hash)) << "she has not answered yet";
    RelayFrame lends;
    lends.type = Type::lends;
    lends.number = 4;
    const auto doors = hears(1, lends).doors;
    ASSERT_EQ(doors.size(), 1U);
    EXPECT_EQ(doors[0], std::pair(bob, lends));
    EXPECT_TRUE(hears(2, lends).doors.empty());
    behind.want_doors(false);
    EXPECT_EQ(behind.on_time(now).close.size(), 2U);
}

TEST_F(Behind, each_hello_says_the_version) {
    wants_relays({bob});
    const auto actions = behind.opened(behind.on_time(now).open.at(0), flow(1), now);
    ASSERT_EQ(actions.send.size(), 1U);
    EXPECT_EQ(actions.send[0].second, "\x01\x01\x01");
}

TEST_F(Behind, one_that_is_lost_stays_published_for_a_moment_and_another_takes_its_place) {
    wants_relays({bob, carol, dave});
    (void)opens();
    (void)token(1, 1);
    (void)token(2, 2);
    behind.flow_failed(flow(1), now);
    EXPECT_EQ(published(), (Numbers{1, 2})) << "it may come back";
    EXPECT_EQ(opens(), Names{"dave"}) << "bob rests for a second";
    (void)token(3, 3);
    now += 10s;
    (void)behind.on_time(now);
    EXPECT_EQ(published(), (Numbers{2, 3}));
}

TEST_F(Behind, one_that_comes_back_at_once_is_never_withdrawn) {
    wants_relays({bob});
    (void)opens();
    (void)token(1, 1);
    behind.flow_failed(flow(1), now);
    now += 1s;
    EXPECT_EQ(opens(), Names{"bob"});
    (void)token(2, 1);
    now += 20s;
    (void)behind.on_time(now);
    EXPECT_EQ(published(), Numbers{1});
}

TEST_F(Behind, when_our_address_has_changed_all_are_held_anew_at_once_and_stay_published) {
    wants_relays({bob, carol});
    (void)opens();
    (void)token(1, 1);
    (void)token(2, 2);
    now += 20s;
    const auto moved = behind.moved(now);
    EXPECT_EQ(moved.close, (std::vector{flow(1), flow(2)}));
    ASSERT_EQ(moved.open.size(), 2U);
    EXPECT_EQ(published(), (Numbers{1, 2}));
    for (const auto& relay : moved.open)
        (void)behind.opened(relay, flow(++connections), now);
    now += 3s;
    EXPECT_TRUE(behind.moved(now).close.empty()) << "the same move, noticed at another door";
    (void)token(3, 1);
    now += 10s;
    EXPECT_EQ(behind.moved(now).close.size(), 2U);
}

TEST_F(Behind, one_that_cannot_be_reached_is_tried_less_and_less_often) {
    wants_relays({bob});
    EXPECT_EQ(
        says(),
        "Others cannot reach you: the router is silent. bob's node is being asked to pass calls on to you.");
    std::vector<long> pauses;
    auto before = now;
    for (int i = 0; i < 12; ++i) {
        for (const auto& relay : behind.on_time(now).open)
            (void)behind.opened(relay, std::nullopt, now);
        const auto wake = behind.next_wake(now);
        ASSERT_TRUE(wake);
        now = *wake;
        pauses.push_back((now - before) / 1s);
        before = now;
    }
    EXPECT_EQ(pauses, (std::vector<long>{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300}));
    EXPECT_EQ(says(),
              "Others cannot reach you: the router is silent. bob's node, which could pass calls on to you, "
              "cannot be reached now.");
}

TEST_F(Behind, one_that_refuses_is_asked_again_after_a_minute_and_named) {
    wants_relays({bob});
    (void)opens();
    RelayFrame refusal;
    refusal.type = Type::refused;
    refusal.number = static_cast<std::uint8_t>(RelayRefusal::stranger);
    EXPECT_EQ(hears(1, refusal).close, std::vector{flow(1)});
    behind.flow_failed(flow(1), now);
    EXPECT_EQ(says(),
              "Others cannot reach you: the router is silent. bob's node could pass calls on to you, but you "
              "are no contact there: send bob your invite (`hedgewitch invite`).");
    now += 59s;
    EXPECT_TRUE(opens().empty());
    now += 1s;
    EXPECT_EQ(opens(), Names{"bob"});
}

TEST_F(Behind, it_is_pinged_and_left_when_it_is_silent) {
    wants_relays({bob});
    (void)opens();
    (void)token(1, 1);
    now += 25s;
    const auto ping = behind.on_time(now);
    ASSERT_EQ(ping.send.size(), 1U);
    EXPECT_EQ(ping.send[0].second, std::string("\x05\0", 2));
    EXPECT_TRUE(behind.on_time(now).send.empty()) << "once";
    RelayFrame pong;
    pong.type = Type::pong;
    now += 1s;
    (void)hears(1, pong);
    now += 25s;
    EXPECT_EQ(behind.on_time(now).send.size(), 1U);
    now += 12s;
    EXPECT_EQ(behind.on_time(now).close, std::vector{flow(1)});
}

TEST_F(Behind, a_caller_is_answered_at_the_relay_that_told_of_him) {
    wants_relays({bob});
    (void)opens();
    RelayFrame incoming;
    incoming.type = Type::incoming;
    incoming.pipe = sip::PipeId{5};
    EXPECT_TRUE(hears(1, incoming).answer.empty()) << "before it has given a token there can be none";
    (void)token(1, 1);
    const auto actions = hears(1, incoming);
    ASSERT_EQ(actions.answer.size(), 1U);
    EXPECT_EQ(actions.answer[0].first, bob.at);
    EXPECT_EQ(actions.answer[0].second, sip::PipeId{5});
}

TEST_F(Behind, when_others_reach_the_node_again_for_a_minute_relays_are_given_up) {
    wants_relays({bob});
    (void)opens();
    (void)token(1, 1);
    behind.set_reached(true, now);
    now += 59s;
    EXPECT_TRUE(behind.on_time(now).close.empty());
    EXPECT_EQ(published(), Numbers{1});
    now += 1s;
    EXPECT_EQ(behind.on_time(now).close, std::vector{flow(1)});
    EXPECT_TRUE(published().empty());
    EXPECT_FALSE(behind.next_wake(now));
    EXPECT_EQ(says(), "Others cannot reach you: the router is silent.") << "says the sentence of reach alone";
}

TEST_F(Behind, two_people_at_one_node_are_one_relay) {
    auto alice = candidate("alice", 5);
    alice.key_hash = bob.key_hash;
    wants_relays({bob, alice, carol});
    EXPECT_EQ(opens(), (Names{"bob", "carol"}));
}

TEST_F(Behind, what_is_held_stays_when_candidates_are_looked_for_anew) {
    wants_relays({bob, carol});
    (void)opens();
    (void)token(1, 1);
    (void)token(2, 2);
    behind.set_candidates({dave}, now);
    EXPECT_EQ(published(), (Numbers{1, 2}));
    EXPECT_TRUE(opens().empty());
}

}  // namespace
}  // namespace node
