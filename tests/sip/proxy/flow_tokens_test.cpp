// tests/sip/proxy/flow_tokens_test.cpp - what we gave away is known again, and nothing else.
#include "sip/proxy/flow_tokens.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "sip/edge/redirect_tokens.hpp"
#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

TEST(FlowTokens, each_kind_of_flow_comes_back_as_it_was) {
    const FlowTokens tokens(secret);
    Flow v6 = tcp_flow("2001:db8::7", 0xfedcba9876543210);
    v6.local.address = asio::ip::make_address("2001:db8::1");
    Flow mixed = udp_flow("fe80::1%3", 65535);
    for (const Flow& flow : {udp_flow(), tcp_flow(), v6, mixed}) {
        for (const auto kind : {FlowToken::Kind::flow, FlowToken::Kind::hop}) {
            const FlowToken token{kind, flow, flow.transport == Transport::tcp};
            const std::string text = tokens.seal(token, "call@id");
            EXPECT_LE(text.size(), 84U);
            EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
                return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
            })) << text;
            EXPECT_EQ(tokens.open(text, "call@id"), token);
            EXPECT_EQ(tokens.open(text, "call@ie"), std::nullopt);
        }
    }
}

TEST(FlowTokens, no_changed_character_passes_and_no_other_key) {
    const FlowTokens tokens(secret);
    const std::string text = tokens.seal({FlowToken::Kind::flow, udp_flow()}, "c");
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        // The last character has bits that belong to no byte; libsodium refuses those that are not zero.
        EXPECT_EQ(tokens.open(changed, "c"), std::nullopt) << i;
    }
    for (const std::string& junk : {std::string{}, std::string("bob"), text + "A", text.substr(4),
                                    std::string(500, 'A'), std::string("%00")})
        EXPECT_EQ(tokens.open(junk, "c"), std::nullopt) << junk;
    EXPECT_EQ(FlowTokens({9}).open(text, "c"), std::nullopt);
}

TEST(RedirectTokens, the_URI_may_be_written_anew_but_means_the_same) {
    RedirectTokens tokens(secret);
    const RedirectTokens::Time now{1000h};
    const std::string uri = "sip:bob@192.0.2.7:5062;transport=udp";
    std::string marked = tokens.mark(uri, "alice", now);
    EXPECT_EQ(RedirectTokens::without_mark(marked), uri);
    const auto at = marked.find(";transport=udp");
    marked = marked.erase(at, 14) + ";transport=UDP;x=1";
    for (unsigned i = 0; i < RedirectTokens::uses; ++i)
        EXPECT_EQ(tokens.take(marked, "alice", now), "sip:bob@192.0.2.7:5062;transport=UDP;x=1");
    EXPECT_EQ(tokens.take(marked, "alice", now), std::nullopt) << "used up";
    for (const auto* other : {"sip:bob@192.0.2.7:5063;transport=udp", "sip:eve@192.0.2.7:5062;transport=udp",
                              "sip:bob@192.0.2.7:5062;transport=tcp", "sip:bob@192.0.2.7;transport=udp"}) {
        const std::string token = tokens.mark(uri, "alice", now).substr(uri.size());
        EXPECT_EQ(tokens.take(other + token, "alice", now), std::nullopt) << other;
        EXPECT_EQ(tokens.take(uri + token, "mallory", now), std::nullopt);
        EXPECT_EQ(tokens.take(uri + token, "alice", now + 70s), std::nullopt);
        EXPECT_EQ(tokens.take(uri + token, "alice", now + 60s), uri);
    }
}

TEST(RedirectTokens, a_mark_shows_neither_the_time_nor_the_number_of_calls) {
    RedirectTokens tokens(secret);
    const RedirectTokens::Time now{1000h};
    const std::string uri = "sip:bob@192.0.2.7:5062";
    std::set<std::string> parts;
    for (int i = 0; i < 50; ++i) {
        const std::string mark = tokens.mark(uri, "alice", now).substr(uri.size() + 4);
        ASSERT_EQ(mark.size(), 32U);
        for (std::size_t at = 0; at < 32; at += 8)
            EXPECT_TRUE(parts.insert(mark.substr(at, 8)).second) << "no part of it repeats or counts";
    }
}

TEST(RedirectTokens, what_was_used_is_remembered_for_a_minute_and_within_a_bound) {
    RedirectTokens tokens(secret);
    RedirectTokens::Time now{1000h};
    const std::string uri = "sip:bob@192.0.2.7:5062";
    std::vector<std::string> given;
    for (std::size_t i = 0; i <= RedirectTokens::max_used; ++i)
        given.push_back(tokens.mark(uri, "alice", now));
    for (std::size_t i = 0; i < RedirectTokens::max_used; ++i)
        ASSERT_TRUE(tokens.take(given[i], "alice", now));
    EXPECT_FALSE(tokens.take(given.back(), "alice", now)) << "full";
    EXPECT_TRUE(tokens.take(given.front(), "alice", now)) << "what is known needs no new room";
    now += 72s;
    EXPECT_TRUE(tokens.take(tokens.mark(uri, "alice", now), "alice", now));
}

}  // namespace

}  // namespace sip::testing
