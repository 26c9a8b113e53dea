// tests/sip/relay_token_test.cpp - tokens as text, and in server names.
#include "sip/relay_token.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

RelayToken counting() {
    RelayToken token{};
    for (std::size_t i = 0; i < token.size(); ++i)
        token[i] = static_cast<std::uint8_t>(i * 17);
    return token;
}

TEST(RelayToken, has_one_text_of_26_characters) {
    const auto text = token_text(counting());
    EXPECT_EQ(text, "aaisem2ekvthpcezvk54zxpo74");  // Python: base64.b32encode
    EXPECT_EQ(token_of(text), counting());
    EXPECT_EQ(token_of("AAISEM2EKVTHPCEZVK54ZXPO74"), counting()) << "as in host names, case is nothing";
    EXPECT_FALSE(token_of("aaisem2ekvthpcezvk54zxpo75")) << "the last two bits are no token's";
    EXPECT_FALSE(token_of("aaisem2ekvthpcezvk54zxpo7"));
    EXPECT_FALSE(token_of("aaisem2ekvthpcezvk54zxpo740"));
    EXPECT_FALSE(token_of("aaisem2ekvthpcezvk54zxpo!4"));
}

TEST(RelayToken, stands_in_a_server_name_below_relay_alt_alone) {
    const auto text = token_text(counting());
    EXPECT_EQ(server_name_of(text), text + ".relay.alt");
    EXPECT_EQ(token_in_server_name(text + ".relay.alt"), counting());
    EXPECT_EQ(token_in_server_name(text + ".RELAY.Alt"), counting());
    for (const std::string& name : {text, text + ".relay.al", text + ".relay.alt.", "x" + text + ".relay.alt",
                                    text + "-relay.alt", text + ".relax.alt", std::string()})
        EXPECT_FALSE(token_in_server_name(name)) << name;
}

TEST(BeyondRelay, is_the_Internet_over_IPv6_where_who_waits_here_came_by_it) {
    const auto beyond = [](const char* relay) {
        return address_beyond_relay(asio::ip::make_address(relay)).is_v6();
    };
    EXPECT_TRUE(beyond("::1")) << "sound over IPv4 would go by what a router perhaps does";
    EXPECT_FALSE(beyond("127.0.0.1"));
    EXPECT_FALSE(beyond("2a0f::20")) << "another node's address tells nothing of whom it relays for";
    EXPECT_FALSE(beyond("11.5.0.20"));
}

}  // namespace
}  // namespace sip
