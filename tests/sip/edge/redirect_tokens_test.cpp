// tests/sip/edge/redirect_tokens_test.cpp - what a mark on a Contact of ours is good for, and for how long.
#include "sip/edge/redirect_tokens.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace sip::testing {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::uint8_t, 32> secret = {1, 2, 3, 4, 5, 6, 7, 8};

TEST(RedirectTokens, the_URI_may_be_written_anew_but_means_the_same) {
    RedirectTokens tokens(secret);
    const RedirectTokens::Time now{1000h};
    const std::string uri = "sip:bob@192.0.2.7:5062;transport=udp;tk=AbC";
    std::string marked = tokens.mark(uri, "alice", now);
    EXPECT_EQ(RedirectTokens::without_mark(marked), uri);
    const auto at = marked.find(";transport=udp");
    marked = marked.erase(at, 14) + ";Transport=UDP";
    for (unsigned i = 0; i < RedirectTokens::uses; ++i)
        EXPECT_EQ(tokens.take(marked, "alice", now), "sip:bob@192.0.2.7:5062;tk=AbC;Transport=UDP");
    EXPECT_EQ(tokens.take(marked, "alice", now), std::nullopt) << "used up";
    EXPECT_EQ(RedirectTokens::meaning(uri), RedirectTokens::meaning(marked));
    for (const auto* other :
         {"sip:bob@192.0.2.7:5063;transport=udp;tk=AbC", "sip:eve@192.0.2.7:5062;transport=udp;tk=AbC",
          "sip:bob@192.0.2.7:5062;transport=tcp;tk=AbC", "sip:bob@192.0.2.7;transport=udp;tk=AbC",
          "sips:bob@192.0.2.7:5062;transport=udp;tk=AbC", "sip:bob:x@192.0.2.7:5062;transport=udp;tk=AbC",
          "sip:bob@192.0.2.7:5062;transport=udp", "sip:bob@192.0.2.7:5062;transport=udp;tk=abc",
          "sip:bob@192.0.2.7:5062;transport=udp;tk=AbC;lr",
          "sip:bob@192.0.2.7:5062;transport=udp;tk=AbC;maddr=192.0.2.9"}) {
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
