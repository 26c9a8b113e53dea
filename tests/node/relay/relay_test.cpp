// tests/node/relay/relay_test.cpp - whom a node relays for, and which callers it lets through to him.
#include "node/relay/relay.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using namespace std::chrono_literals;
using Type = RelayFrame::Type;

sip::Flow flow(std::uint64_t connection) {
    return {sip::Transport::tls, {}, {asio::ip::make_address("203.0.113.5"), 40000}, connection};
}

asio::ip::address source(int last) {
    return asio::ip::make_address("198.51.100." + std::to_string(last));
}

RelayFrame frame(Type type) {
    RelayFrame made;
    made.type = type;
    made.number = relay_version;
    return made;
}

RelayFrame frame_of_doors(Type type, std::uint16_t door) {
    RelayFrame made;
    made.type = type;
    made.door = door;
    return made;
}

struct RelayCore : testing::Test {
    crypto::PublicKey bob{2}, carol{3};
    Relay relay{crypto::Bytes<32>{42}};
    sip::Now now{std::chrono::steady_clock::time_point{1000h},
                 std::chrono::sys_days{std::chrono::year(2026) / 11 / 25} + 22h};
    std::uint8_t pipes = 0;

    RelayActions hello(std::uint64_t connection, const std::optional<crypto::PublicKey>& zone,
                       bool may = true) {
        return relay.frame(flow(connection), frame(Type::hello), zone, may, now);
    }
    static RelayFrame said(const RelayActions& actions) {
        return actions.send.empty() ? RelayFrame{} : *parse_relay_frame(actions.send.back().second);
    }
    sip::RelayToken token_of(std::uint64_t connection, const crypto::PublicKey& zone) {
        return said(hello(connection, zone)).token;
    }
    auto calls(const sip::RelayToken& token, int from = 1) {
        return relay.caller(token, source(from), sip::PipeId{++pipes}, now);
    }
    void passes(std::chrono::seconds time) {
        now.steady += time;
        now.wall += time;
    }
};

TEST_F(RelayCore, who_proves_the_key_of_one_whom_it_is_for_gets_a_token_and_his_connection_stays) {
    const auto actions = hello(1, bob);
    EXPECT_EQ(said(actions).type, Type::token);
    EXPECT_NE(said(actions).token, sip::RelayToken{});
    EXPECT_EQ(actions.keep, std::vector{flow(1)});
    EXPECT_TRUE(actions.close.empty());
    EXPECT_NE(token_of(2, carol), said(actions).token);
}

TEST_F(RelayCore, a_stranger_is_told_so_and_who_proves_nothing_too) {
    const auto stranger = hello(1, bob, false);
    EXPECT_EQ(said(stranger).number, static_cast<std::uint8_t>(RelayRefusal::stranger));
    EXPECT_EQ(stranger.close, std::vector{flow(1)});
    const auto nobody = hello(2, std::nullopt);
    EXPECT_EQ(said(nobody).number, static_cast<std::uint8_t>(RelayRefusal::unproved));
    EXPECT_EQ(relay.held(), 0U);
    const auto rude = relay.frame(flow(3), frame(Type::ping), bob, true, now);
    EXPECT_EQ(rude.close, std::vector{flow(3)}) << "no hello";
}

TEST_F(RelayCore, a_caller_with_the_token_is_announced_and_one_pipe_is_answered_once) {
    const auto token = token_of(1, bob);
    const auto tell = calls(token);
    ASSERT_TRUE(tell);
    EXPECT_EQ(tell->first, flow(1));
    const auto incoming = parse_relay_frame(tell->second);
    EXPECT_EQ(incoming->type, Type::incoming);
    EXPECT_EQ(incoming->pipe, sip::PipeId{1});
    EXPECT_FALSE(relay.answered(sip::PipeId{99}));
    EXPECT_TRUE(relay.answered(incoming->pipe));
    EXPECT_FALSE(relay.answered(incoming->pipe)) << "a second time";
    EXPECT_EQ(relay.counters().bad_pipes, 2U);
}

TEST_F(RelayCore, without_a_good_token_there_is_nothing_whether_it_ever_was_one) {
    EXPECT_FALSE(calls(sip::RelayToken{1}));
    const auto token = token_of(1, bob);
    EXPECT_EQ(relay.flow_failed(flow(1)).left, std::vector{bob});
    EXPECT_FALSE(calls(token)) << "bob has gone";
    EXPECT_EQ(relay.counters().bad_tokens, 2U);
    EXPECT_EQ(token_of(2, bob), token) << "and comes back as the same, so that his record stays right";
    EXPECT_TRUE(calls(token));
}

TEST_F(RelayCore, a_token_outlives_a_restart_of_the_relay) {
    const auto token = token_of(1, bob);
    Relay again{crypto::Bytes<32>{42}};
    EXPECT_EQ(said(again.frame(flow(7), frame(Type::hello), bob, true, now)).token, token);
    Relay other{crypto::Bytes<32>{43}};
    EXPECT_NE(said(other.frame(flow(7), frame(Type::hello), bob, true, now)).token, token);
}

TEST_F(RelayCore, each_day_there_is_another_token_and_yesterdays_is_good_for_three_hours) {
    const auto token = token_of(1, bob);
    passes(2h + 30s);  // 00:00:30
    (void)relay.frame(flow(1), frame(Type::ping), bob, true, now);
    EXPECT_TRUE(calls(token)) << "before the new one is told, too";
    const auto news = relay.on_time(now);
    const auto next = said(news);
    EXPECT_EQ(next.type, Type::token);
    EXPECT_NE(next.token, token);
    EXPECT_TRUE(calls(token));
    EXPECT_TRUE(calls(next.token));
    passes(3h - 1min);
    EXPECT_TRUE(relay.held_over(token, now));
    passes(1min);
    EXPECT_FALSE(relay.held_over(token, now));
    EXPECT_TRUE(relay.held_over(next.token, now));
}

TEST_F(RelayCore, who_is_silent_is_let_go_and_who_pings_is_answered) {
    (void)hello(1, bob);
    (void)hello(2, carol);
    passes(60s);
    const auto pong = relay.frame(flow(1), frame(Type::ping), bob, true, now);
    EXPECT_EQ(said(pong).type, Type::pong);
    passes(20s);
    ASSERT_TRUE(relay.next_wake());
    EXPECT_EQ(relay.on_time(now).close, std::vector{flow(2)});
    EXPECT_EQ(relay.held(), 1U);
}

TEST_F(RelayCore, who_comes_back_on_another_connection_is_met_there) {
    const auto token = token_of(1, bob);
    const auto actions = hello(2, bob);
    EXPECT_EQ(actions.close, std::vector{flow(1)});
    EXPECT_EQ(calls(token)->first, flow(2));
    EXPECT_TRUE(relay.flow_failed(flow(1)).left.empty());
    EXPECT_EQ(relay.held(), 1U) << "the end of the old one is no news";
}

TEST_F(RelayCore, who_comes_back_may_have_moved_and_his_pipes_are_looked_at) {
    const auto token = token_of(1, bob);
    (void)token_of(2, carol);
    ASSERT_TRUE(calls(token));
    ASSERT_TRUE(relay.answered(sip::PipeId{pipes}));
    ASSERT_TRUE(calls(token)) << "this one still waits";
    sip::Flow elsewhere = flow(3);
    elsewhere.remote.address = asio::ip::make_address("203.0.113.77");
    const auto moved = relay.frame(elsewhere, frame(Type::hello), bob, true, now);
    const std::vector<std::pair<sip::PipeId, asio::ip::address>> expected{
        {sip::PipeId{1}, elsewhere.remote.address}};
    EXPECT_EQ(moved.stay_if_from, expected);
    EXPECT_EQ(hello(4, carol).stay_if_from.size(), 0U) << "others' are not";
}

TEST_F(RelayCore, who_looks_after_doors_is_told_what_is_asked_by_whom_who_comes_and_who_leaves) {
    const auto came = hello(1, bob);
    ASSERT_EQ(came.doors.size(), 1U);
    EXPECT_EQ(came.doors[0], std::pair(bob, frame_of_doors(Type::hello, 0)));
    const auto borrow = frame_of_doors(Type::borrow, 7);
    const auto asks = relay.frame(flow(1), borrow, bob, true, now);
    ASSERT_EQ(asks.doors.size(), 1U);
    EXPECT_EQ(asks.doors[0], std::pair(bob, borrow));
    EXPECT_EQ(relay.flow_of(bob), flow(1));
    const auto stranger = relay.frame(flow(9), borrow, carol, true, now);
    EXPECT_TRUE(stranger.doors.empty()) << "he has not said hello";
    EXPECT_EQ(stranger.close, std::vector{flow(9)});
    const auto of_a_relay = relay.frame(flow(1), frame_of_doors(Type::lent, 7), bob, true, now);
    EXPECT_TRUE(of_a_relay.doors.empty()) << "that is what a relay says";
    EXPECT_EQ(relay.review([](const crypto::PublicKey&) { return false; }).left, std::vector{bob});
    EXPECT_FALSE(relay.flow_of(bob));
}

TEST_F(RelayCore, eight_pipes_to_one_and_four_from_one_source) {
    const auto token = token_of(1, bob), other = token_of(2, carol);
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(calls(token, 1));
    EXPECT_FALSE(calls(token, 1)) << "one source";
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(calls(token, 2 + i));
    EXPECT_FALSE(calls(token, 9)) << "one whom we relay for";
    EXPECT_TRUE(calls(other, 9));
    EXPECT_EQ(relay.counters().pipes_refused, 2U);
    relay.ended(sip::PipeId{1});
    EXPECT_TRUE(calls(token, 9));
}

TEST_F(RelayCore, bounds_hold_under_many) {
    std::vector<sip::RelayToken> tokens;
    for (std::uint64_t i = 0; i < 200; ++i) {
        const auto last = said(hello(i + 10, crypto::PublicKey{static_cast<std::uint8_t>(i), 1}));
        if (last.type == Type::token) tokens.push_back(last.token);
    }
    EXPECT_EQ(tokens.size(), Relay::most_held);
    std::size_t opened = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
        const sip::PipeId pipe{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8U), 1};
        const auto from =
            asio::ip::address(asio::ip::address_v4(static_cast<std::uint32_t>(0xc6336400U + i)));
        if (relay.caller(tokens[i % tokens.size()], from, pipe, now)) ++opened;
    }
    EXPECT_EQ(opened, Relay::most_pipes);
}

TEST_F(RelayCore, a_contact_who_is_removed_is_let_go) {
    const auto token = token_of(1, bob);
    (void)hello(2, carol);
    const auto actions = relay.review([&](const crypto::PublicKey& key) { return key == carol; });
    EXPECT_EQ(actions.close, std::vector{flow(1)});
    EXPECT_FALSE(calls(token));
    EXPECT_EQ(relay.held(), 1U);
}

}  // namespace
}  // namespace node
