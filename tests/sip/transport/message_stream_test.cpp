// tests/sip/transport/message_stream_test.cpp - SIP in a byte stream: pings, what is under way, what is said
// before the end.
#include "sip/transport/message_stream.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

using Kind = MessageStream::Item::Kind;
const std::string options = "OPTIONS sip:h SIP/2.0\r\nContent-Length: 0\r\n\r\n";

Kind kind_of(SipStream& stream, std::string_view bytes) {
    stream.append(bytes);
    const auto item = stream.next();
    return item ? item->kind : Kind::ended;
}

TEST(SipStream, a_ping_gets_its_pong_and_a_pong_gets_nothing) {
    SipStream stream;
    EXPECT_EQ(kind_of(stream, "\r\n\r\n"), Kind::ping);
    EXPECT_EQ(stream.take_output(), "\r\n");
    EXPECT_EQ(stream.take_output(), "") << "said once";
    EXPECT_EQ(kind_of(stream, "\r\n"), Kind::none);
    EXPECT_EQ(stream.take_output(), "");
    EXPECT_EQ(kind_of(stream, options), Kind::message);
}

TEST(SipStream, what_keeps_a_NAT_open_is_no_message_under_way) {
    for (const char* between : {"\r\n", "\r\n\r", " \t ", "\n"}) {
        SipStream stream;
        EXPECT_EQ(kind_of(stream, between), Kind::none);
        EXPECT_FALSE(stream.partial()) << between;
    }
    SipStream stream;
    EXPECT_EQ(kind_of(stream, options.substr(0, 10)), Kind::none);
    EXPECT_TRUE(stream.partial());
    EXPECT_EQ(kind_of(stream, options.substr(10)), Kind::message);
    EXPECT_FALSE(stream.partial());
}

TEST(SipStream, who_does_not_speak_SIP_is_told_so_and_that_is_the_end) {
    for (const std::string first : {"GET / HTTP/1.1\r\n", "EHLO mail.test\r\n", "\x16\x03\x01\n", "x\r\n"}) {
        SipStream stream;
        stream.append(first);
        const auto item = stream.next();
        ASSERT_FALSE(item) << first;
        EXPECT_EQ(item.error(), Errc::not_sip);
        EXPECT_EQ(stream.take_output(), "SIP/2.0 400 Not SIP\r\nContent-Length: 0\r\n\r\n");
        EXPECT_EQ(stream.bytes_for_answer(), "");
        stream.append(options);
        EXPECT_FALSE(stream.next());
    }
}

TEST(SipStream, a_message_goes_out_as_it_is) {
    SipStream stream;
    std::string out = "before";
    stream.write(options, out);
    stream.write_farewell(true, out);
    EXPECT_EQ(out, "before" + options);
}

TEST(SipStream, the_memory_of_a_large_message_is_given_back_once_it_was_read) {
    SipStream stream;
    const std::string body(60'000, 'b');
    const std::string large = "MESSAGE sip:h SIP/2.0\r\nContent-Length: 60000\r\n\r\n" + body;
    EXPECT_EQ(kind_of(stream, large.substr(0, large.size() - 1)), Kind::none);
    EXPECT_GE(stream.held(), large.size() - 1);
    EXPECT_EQ(kind_of(stream, large.substr(large.size() - 1)), Kind::message);
    ASSERT_TRUE(stream.next());
    EXPECT_LE(stream.held(), 4096U);
}

}  // namespace
}  // namespace sip
