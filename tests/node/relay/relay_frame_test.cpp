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

TEST(RelayFrame, of_doors_have_these_bytes_for_ever) {
    auto lends = of(Type::lends);
    lends.number = 4;
    EXPECT_EQ(to_bytes(lends), "\x07\x01\x04");
    auto borrow = of(Type::borrow), give_back = of(Type::give_back), ended = of(Type::ended);
    borrow.door = give_back.door = ended.door = 0x0102;
    EXPECT_EQ(to_bytes(borrow), "\x08\x02\x01\x02");
    EXPECT_EQ(to_bytes(give_back), "\x0c\x02\x01\x02");
    EXPECT_EQ(to_bytes(ended), "\x0d\x02\x01\x02");
    const auto address = asio::ip::make_address("1.2.3.4");
    auto lent = of(Type::lent);
    lent.door = 0x0102;
    lent.rtp = {address, 0x1388};
    lent.rtcp = {address, 0x1389};
    lent.secret.fill('s');
    EXPECT_EQ(to_bytes(lent), "\x09\x1a\x01\x02\x13\x88\x13\x89\x01\x02\x03\x04" + std::string(16, 's'));
    auto not_lent = of(Type::not_lent);
    not_lent.door = 0x0102;
    not_lent.number = static_cast<std::uint8_t>(LendRefusal::unreachable);
    EXPECT_EQ(to_bytes(not_lent), "\x0a\x03\x01\x02\x04");
    auto aim = of(Type::aim);
    aim.door = 0x0102;
    aim.number = 1;
    aim.rtp = {address, 0x1388};
    aim.rtcp = {address, 0x1389};
    EXPECT_EQ(to_bytes(aim), "\x0b\x0b\x01\x02\x01\x13\x88\x13\x89\x01\x02\x03\x04");
    for (const auto& frame : {lends, borrow, give_back, ended, lent, not_lent, aim})
        EXPECT_EQ(parse_relay_frame(to_bytes(frame)), frame);
}

TEST(RelayFrame, what_is_too_short_or_unknown_is_none_and_what_is_longer_is_of_a_later_version) {
    EXPECT_FALSE(parse_relay_frame(""));
    EXPECT_FALSE(parse_relay_frame("\x05"));
    EXPECT_FALSE(parse_relay_frame(std::string("\x01\0", 2)));
    EXPECT_FALSE(parse_relay_frame("\x02\x0f" + std::string(15, 't')));
    EXPECT_FALSE(parse_relay_frame("\x0e\x01x"));
    EXPECT_FALSE(parse_relay_frame("\x0b\x0a" + std::string(10, 'x')));
    EXPECT_FALSE(parse_relay_frame("\xff\xff" + std::string(255, 'x')));
    const auto longer = parse_relay_frame("\x02\x12" + std::string(18, 't'));
    ASSERT_TRUE(longer);
    EXPECT_EQ(longer->type, Type::token);
}

}  // namespace
}  // namespace node
