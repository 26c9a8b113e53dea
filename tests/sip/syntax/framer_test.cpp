// tests/sip/syntax/framer_test.cpp
#include "sip/syntax/framer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using sip::Errc;
using sip::Framer;
using Kind = Framer::Item::Kind;

const std::string options = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP c\r\nContent-Length: 0\r\n\r\n";
const std::string message =
    "MESSAGE sip:h SIP/2.0\r\nVia: SIP/2.0/TCP c\r\nl\t:\r\n  0011 \r\n\r\nhi\r\n\r\nhello";

/// Feeds `stream` in pieces of `step` bytes; "ping" stands for a ping.
std::vector<std::string> frames(std::string_view stream, std::size_t step, std::size_t limit = 65535) {
    Framer framer(limit);
    std::vector<std::string> out;
    for (std::size_t at = 0; at < stream.size(); at += step) {
        framer.append(stream.substr(at, step));
        for (;;) {
            const auto item = framer.next();
            if (!item) {
                out.push_back("error: " + item.error().message());
                return out;
            }
            if (item->kind == Kind::none) break;
            out.push_back(item->kind == Kind::ping ? "ping" : std::string(item->bytes));
        }
    }
    if (framer.buffered() > 0) out.push_back("rest: " + std::to_string(framer.buffered()));
    return out;
}

TEST(Framer, a_stream_is_cut_the_same_wherever_the_reads_end) {
    const std::string stream =
        "\r\n" + options + message + "\r\n\r\n" + options + "\r\n\r\n\r\n\r\n" + message;
    const std::vector<std::string> expected{options, message, "ping", options, "ping", "ping", message};
    for (std::size_t step = 1; step <= stream.size(); ++step)
        EXPECT_EQ(frames(stream, step), expected) << step;
}

TEST(Framer, what_phones_send_to_keep_a_NAT_open_is_skipped_wherever_the_reads_end) {
    const std::string nul(1, '\0');
    for (const std::string& between :
         {"\r\n" + nul, std::string(4, '\0'), std::string("\n"), std::string(" \r\n"), std::string("\t"),
          std::string("\r"), std::string("\r\n\r\n") + nul, "\r" + nul + "\n\n\r \r\n\r",
          std::string(3000, ' ')}) {
        const std::string stream = options + between + message + between + options;
        for (std::size_t step = 1; step <= stream.size(); step += between.size() > 100 ? 97 : 1) {
            auto got = frames(stream, step);
            std::erase(got, "ping");
            EXPECT_EQ(got, (std::vector<std::string>{options, message, options})) << between << step;
        }
    }
}

TEST(Framer, a_ping_is_still_one_after_what_was_skipped) {
    for (std::size_t step = 1; step < 9; ++step) {
        EXPECT_EQ(frames(" \r\n\r\n" + options, step), (std::vector<std::string>{"ping", options}));
        EXPECT_EQ(frames("\r\n\r\n\t" + options, step), (std::vector<std::string>{"ping", options}));
    }
}

TEST(Framer, a_first_line_that_cannot_be_one_is_known_as_soon_as_it_ends) {
    for (const std::string line : {"GET / HTTP/1.1", "x", "INVITE sip:bob@h", "@ sip:h SIP/2.0",
                                   "SIP 2.0 200 OK", "SIPS/2.0 200 OK", "\x16\x03\x01"}) {
        for (std::size_t step = 1; step < 5; ++step) {
            const auto got = frames(options + line + "\r\nVia: SIP/2.0/TCP c", step);
            ASSERT_EQ(got.size(), 2U) << line;
            EXPECT_TRUE(got[1].starts_with("error: ")) << got[1];
        }
        Framer framer;
        framer.append(line + "\n");
        EXPECT_EQ(framer.next().error(), Errc::not_sip);
        EXPECT_EQ(framer.bytes_for_answer(), "");
    }
    for (const std::string line :
         {"SIP/2.0 200 OK", "sip/7.0 200", "invite x SIP/3.0", "OPTIONS sip:h  SIP/2.0 "})
        EXPECT_EQ(frames(line + "\r\nl: 0\r\n\r\n", 3).size(), 1U) << "for others to judge: " << line;
}

TEST(Framer, half_a_message_waits) {
    EXPECT_EQ(frames(message.substr(0, message.size() - 1), 7),
              std::vector<std::string>{"rest: " + std::to_string(message.size() - 1)});
    EXPECT_EQ(frames("\r\n\r", 1), std::vector<std::string>{"rest: 3"});
}

TEST(Framer, a_length_that_cannot_be_right_breaks_the_stream_and_leaves_the_header_for_an_answer) {
    for (const std::string length : {"Content-Length: -1", "Content-Length: 99999999999999999999",
                                     "Content-Length: 1x", "Content-Length:", "Content-Length: 5\r\nl: 6",
                                     "X: no length", "l: 3\nContent-Length: 4", "l: 3\r4"}) {
        const std::string header = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP c\r\n" + length + "\r\n\r\n";
        Framer framer;
        framer.append(options + header + "body");
        ASSERT_EQ(framer.next()->bytes, options);
        const auto item = framer.next();
        ASSERT_FALSE(item) << length;
        EXPECT_EQ(item.error(), Errc::bad_framing) << length;
        EXPECT_EQ(framer.bytes_for_answer(), header);
        framer.append(options);
        EXPECT_FALSE(framer.next()) << "once broken, always broken";
    }
}

TEST(Framer, the_same_length_twice_is_one_length) {
    const std::string twice = "OPTIONS sip:h SIP/2.0\r\nl: 2\r\nContent-Length: 02\r\n\r\nhi";
    EXPECT_EQ(frames(twice, 5), std::vector<std::string>{twice});
}

TEST(Framer, more_than_the_limit_is_refused_whether_header_or_body) {
    const std::vector<std::string> too_large{"error: message too large"};
    EXPECT_EQ(frames("OPTIONS sip:h SIP/2.0\r\nX: " + std::string(200, 'x'), 10, 100), too_large);
    EXPECT_EQ(frames("OPTIONS sip:h SIP/2.0\r\nX: " + std::string(200, 'x') + "\r\n\r\n", 1000, 100),
              too_large);
    const std::string header = "OPTIONS sip:h SIP/2.0\r\nContent-Length: 100\r\n\r\n";
    EXPECT_EQ(frames(header, 10, 100), too_large) << "known before the body came";
    const std::string fits = "OPTIONS sip:h SIP/2.0\r\nContent-Length: 55\r\n\r\n" + std::string(55, 'b');
    ASSERT_EQ(fits.size(), 100U);
    EXPECT_EQ(frames(fits, 10, 100), std::vector<std::string>{fits});
    EXPECT_EQ(frames(std::string(300, 'x'), 10, 100), too_large) << "garbage without a line";
    Framer framer;
    const std::string huge = "MESSAGE sip:h SIP/2.0\r\nContent-Length: 200000\r\n\r\n";
    framer.append(huge);
    EXPECT_EQ(framer.next().error(), Errc::too_large);
    EXPECT_EQ(framer.bytes_for_answer(), huge) << "its sender is told";
}

TEST(Framer, a_long_stream_does_not_grow_the_buffer) {
    Framer framer(1000);
    for (int i = 0; i < 10'000; ++i) {
        framer.append(message.substr(0, 20));
        ASSERT_EQ(framer.next()->kind, Kind::none);
        framer.append(message.substr(20));
        framer.append(options.substr(0, 10));
        ASSERT_EQ(framer.next()->bytes, message);
        framer.append(options.substr(10));
        ASSERT_EQ(framer.next()->bytes, options);
        ASSERT_EQ(framer.buffered(), 0U);
    }
}

}  // namespace
