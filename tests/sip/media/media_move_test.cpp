// tests/sip/media/media_move_test.cpp - what an edge says of doors that have moved, written and read.
#include "sip/media/media_move.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

Endpoint at(const char* address, std::uint16_t port) {
    return {asio::ip::make_address(address), port};
}

TEST(MediaMove, a_line_for_each_stream_comes_back_as_it_was) {
    const std::vector<MediaMove::Stream> streams{{0, at("203.0.113.9", 40002), at("203.0.113.9", 40003)},
                                                 {2, at("2001:db8::9", 40010), at("2001:db8::9", 50011)}};
    const auto body = media_move_body(streams);
    EXPECT_EQ(body, "0 203.0.113.9 40002 203.0.113.9 40003\r\n2 2001:db8::9 40010 2001:db8::9 50011\r\n");
    EXPECT_EQ(parse_media_move(body), streams);
}

TEST(MediaMove, what_is_none_is_not_taken_for_one) {
    const std::string good = "0 203.0.113.9 40002 203.0.113.9 40003\r\n";
    for (const std::string& body :
         {std::string(), std::string("\r\n"), std::string("0 203.0.113.9 40002 203.0.113.9 40003"),
          std::string("0 203.0.113.9 40002 203.0.113.9\r\n"),
          std::string("0  203.0.113.9 40002 203.0.113.9 1\r\n"),
          std::string("0 203.0.113.9 40002 203.0.113.9 40003 7\r\n"),
          std::string("16 203.0.113.9 2 203.0.113.9 3\r\n"),
          std::string("-1 203.0.113.9 40002 203.0.113.9 40003\r\n"),
          std::string("0 bob.test 40002 bob.test 40003\r\n"),
          std::string("0 203.0.113.9 0 203.0.113.9 40003\r\n"),
          std::string("0 203.0.113.9 65536 203.0.113.9 40003\r\n"),
          std::string("v=0\r\no=- 1 1 IN IP4 203.0.113.9\r\n"), good + "\r\n", good + "x",
          std::string("0 203.0.113.9 2 203.0.113.9 \r\n"),
          std::string("\0 203.0.113.9 40002 203.0.113.9 40003\r\n", 39)})
        EXPECT_FALSE(parse_media_move(body)) << body;
    std::string many;
    for (int i = 0; i < 16; ++i)
        many += good;
    EXPECT_TRUE(parse_media_move(many));
    EXPECT_FALSE(parse_media_move(many + good)) << "more than a call can have";
    EXPECT_FALSE(parse_media_move(std::string(100'000, '0')));
}

}  // namespace
}  // namespace sip
