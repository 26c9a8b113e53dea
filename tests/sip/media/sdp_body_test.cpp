// tests/sip/media/sdp_body_test.cpp - SDP alone, among other parts, and what must not be touched.
#include "sip/media/sdp_body.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

const std::string sdp = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 RTP/AVP 0\r\n";

struct Message {
    std::string wire;
    ParsedMessage parsed;
    Message(const std::string& fields, const std::string& body)
        : wire("INVITE sip:bob@home.test SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKa\r\n" + fields +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body),
          parsed(*MessageView::parse(wire)) {}
};

TEST(SdpInABody, the_whole_body_or_none) {
    EXPECT_EQ(sdp_body(Message("Content-Type: application/sdp\r\n", sdp).parsed).sdp, sdp);
    EXPECT_EQ(sdp_body(Message("c: Application/SDP; charset=utf-8\r\n", sdp).parsed).sdp, sdp);
    EXPECT_TRUE(sdp_body(Message("Content-Type: application/isup\r\n", sdp).parsed).sdp.empty());
    EXPECT_TRUE(sdp_body(Message("Content-Type: application/sdp\r\n", "").parsed).sdp.empty());
    EXPECT_TRUE(sdp_body(Message("", sdp).parsed).sdp.empty());
}

TEST(SdpInABody, one_part_of_several_is_found_and_written_in_its_place) {
    const std::string before =
        "preamble\r\n--b 1\r\nContent-Type: application/pidf+xml\r\n\r\n<x/>\r\n--b 1\r\n"
        "Content-Type: application/sdp\r\nContent-Disposition: session\r\n\r\n";
    const std::string after = "\r\n--b 1--\r\nepilogue";
    const Message message("Content-Type: multipart/mixed;boundary=\"b 1\"\r\n", before + sdp + after);
    const auto found = sdp_body(message.parsed);
    EXPECT_EQ(found.sdp, sdp);
    EXPECT_EQ(found.body_with(message.parsed.body(), "v=0\r\n"), before + "v=0\r\n" + after);
}

TEST(SdpInABody, what_is_compressed_signed_or_there_twice_is_told_and_left_alone) {
    const std::string part = "--b\r\nContent-Type: application/sdp\r\n\r\n" + sdp + "\r\n";
    const std::vector<std::pair<std::string, std::string>> all = {
        {"Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n", sdp},
        {"Content-Type: application/sdp\r\ne: deflate\r\n", sdp},
        {"Content-Type: multipart/signed;boundary=b\r\n", part + "--b--"},
        {"Content-Type: multipart/mixed;boundary=b\r\n", part + part + "--b--"},
        {"Content-Type: multipart/mixed;boundary=b\r\n",
         "--b\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\n" + sdp +
             "\r\n--b--"},
        {"Content-Type: multipart/mixed\r\n", part + "--b--"},
    };
    for (const auto& [fields, body] : all) {
        const Message message(fields, body);
        const auto found = sdp_body(message.parsed);
        EXPECT_TRUE(found.sdp.empty()) << fields;
        EXPECT_FALSE(found.unreadable.empty()) << fields;
    }
    const Message plain("Content-Type: application/sdp\r\nContent-Encoding: identity\r\n", sdp);
    EXPECT_EQ(sdp_body(plain.parsed).sdp, sdp);
}

TEST(SdpInABody, parts_that_end_anywhere_are_read_within_their_bounds) {
    const std::string body = "--b\r\nContent-Type: application/sdp\r\n\r\n" + sdp + "\r\n--b--\r\n";
    for (std::size_t size = 0; size <= body.size(); ++size) {
        const Message message("Content-Type: multipart/mixed;boundary=b\r\n", body.substr(0, size));
        const auto found = sdp_body(message.parsed);
        EXPECT_TRUE(size >= body.size() - 8 || found.sdp.empty()) << size;
    }
}

}  // namespace
}  // namespace sip
