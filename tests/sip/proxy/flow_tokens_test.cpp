// tests/sip/proxy/flow_tokens_test.cpp - what we gave away is known again, and nothing else.
#include "sip/proxy/flow_tokens.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

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

}  // namespace

}  // namespace sip::testing
