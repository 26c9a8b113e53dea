// tests/sip/proxy/flow_tokens_test.cpp - what we gave away is known again, by its holder and in its dialog
// alone.
#include "sip/proxy/flow_tokens.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sip/edge_fixture.hpp"

namespace sip::testing {

namespace {

const DialogTags answered{"call@id", "a", "b"}, asked{"call@id", "a"};

FlowToken token_of(const Flow& flow) {
    FlowToken token;
    token.flow = flow;
    token.expires = std::chrono::sys_seconds(1'800'000'000s);
    return token;
}

TEST(FlowTokens, each_kind_of_flow_comes_back_as_it_was) {
    const FlowTokens tokens(secret);
    Flow v6 = tcp_flow("2001:db8::7", 0xfedcba9876543210);
    v6.local.address = asio::ip::make_address("2001:db8::1");
    Flow mixed = udp_flow("fe80::1%3", 65535);
    for (const Flow& flow : {udp_flow(), tcp_flow(), v6, mixed}) {
        for (const auto kind : {FlowToken::Kind::flow, FlowToken::Kind::hop}) {
            FlowToken token = token_of(flow);
            token.kind = kind;
            token.ours = token.early = flow.transport == Transport::tcp;
            token.side = flow.remote.address.is_v6() ? Side::callee : Side::caller;
            const std::string text = tokens.seal(token, Side::caller, answered);
            EXPECT_LE(text.size(), 110U);
            EXPECT_TRUE(std::all_of(text.begin(), text.end(), [](char c) {
                return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
            })) << text;
            EXPECT_EQ(tokens.open(text, Side::caller, answered), token);
        }
    }
}

TEST(FlowTokens, none_opens_in_another_dialog_for_the_other_side_or_with_another_tag) {
    const FlowTokens tokens(secret);
    for (const auto& [given, to] : {std::pair(Side::caller, answered), {Side::callee, asked}}) {
        const std::string text = tokens.seal(token_of(udp_flow()), given, to);
        ASSERT_TRUE(tokens.open(text, given, to));
        EXPECT_FALSE(tokens.open(text, other(given), to));
        EXPECT_FALSE(tokens.open(text, given, {"call@ie", to.caller, to.callee}));
        EXPECT_FALSE(tokens.open(text, given, {to.call_id, "c", to.callee}));
        EXPECT_FALSE(tokens.open(text, given, {to.call_id, to.caller, "c"}));
        EXPECT_FALSE(tokens.open(text, given, {"call@ida", "", to.callee})) << "no byte changes its field";
    }
}

TEST(FlowTokens, nobody_reads_an_address_in_one) {
    const FlowTokens tokens(secret);
    const std::string one = tokens.seal(token_of(udp_flow("192.168.1.30")), Side::callee, asked);
    const std::string two = tokens.seal(token_of(udp_flow("192.168.1.31")), Side::callee, asked);
    std::size_t same = 0;
    for (std::size_t i = 0; i < one.size(); ++i)
        same += one[i] == two[i] ? 1 : 0;
    EXPECT_LT(same, one.size() / 4) << "one bit of the address changes all of the text";
}

TEST(FlowTokens, no_changed_character_passes_and_no_other_key) {
    const FlowTokens tokens(secret);
    const std::string text = tokens.seal(token_of(udp_flow()), Side::callee, asked);
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string changed = text;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        // The last character has bits that belong to no byte; libsodium refuses those that are not zero.
        EXPECT_EQ(tokens.open(changed, Side::callee, asked), std::nullopt) << i;
    }
    for (const std::string& junk : {std::string{}, std::string("bob"), text + "A", text.substr(4),
                                    std::string(128, 'A'), std::string(500, 'A'), std::string("%00")})
        EXPECT_EQ(tokens.open(junk, Side::callee, asked), std::nullopt) << junk;
    EXPECT_EQ(FlowTokens({9}).open(text, Side::callee, asked), std::nullopt);
}

}  // namespace

}  // namespace sip::testing
