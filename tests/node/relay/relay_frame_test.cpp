// tests/node/relay/relay_frame_test.cpp - the bytes between a relay and whom it relays for.
#include "node/relay/relay_frame.hpp"

#include <gtest/gtest.h>

namespace node {
namespace {

using Type = RelayFrame::Type;

RelayFrame of(Type type) {
    RelayFrame frame;
    frame.type = type;
    return frame;
}

TEST(RelayFrame, have_these_bytes_for_ever) {
    auto hello = of(Type::hello);
    hello.number = relay_version;
    EXPECT_EQ(to_bytes(hello), "\x01\x01\x01");
    auto token = of(Type::token);
    token.token.fill('t');
    EXPECT_EQ(to_bytes(token), "\x02\x10" + std::string(16, 't'));
    auto refused = of(Type::refused);
    refused.number = static_cast<std::uint8_t>(RelayRefusal::stranger);
    EXPECT_EQ(to_bytes(refused), "\x03\x01\x01");
    auto incoming = of(Type::incoming);
    incoming.pipe.fill('p');
    EXPECT_EQ(to_bytes(incoming), "\x04\x10" + std::string(16, 'p'));
    EXPECT_EQ(to_bytes(of(Type::ping)), std::string("\x05\0", 2));
    EXPECT_EQ(to_bytes(of(Type::pong)), std::string("\x06\0", 2));
    for (const auto& frame : {hello, token, refused, incoming, of(Type::ping), of(Type::pong)})
        EXPECT_EQ(parse_relay_frame(to_bytes(frame)), frame);
}

TEST(RelayFrame, what_is_too_short_or_unknown_is_none_and_what_is_longer_is_of_a_later_version) {
    EXPECT_FALSE(parse_relay_frame(""));
    EXPECT_FALSE(parse_relay_frame("\x05"));
    EXPECT_FALSE(parse_relay_frame(std::string("\x01\0", 2)));
    EXPECT_FALSE(parse_relay_frame("\x02\x0f" + std::string(15, 't')));
    EXPECT_FALSE(parse_relay_frame("\x07\x01x"));
    EXPECT_FALSE(parse_relay_frame("\xff\xff" + std::string(255, 'x')));
    const auto longer = parse_relay_frame("\x02\x12" + std::string(18, 't'));
    ASSERT_TRUE(longer);
    EXPECT_EQ(longer->type, Type::token);
}

}  // namespace
}  // namespace node
