// tests/sip/media/sdp_test.cpp - SDP as phones and browsers write it: what is read, and that nothing but
// addresses and ports is written anew.
#include "sip/media/sdp.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

asio::ip::address ip(const char* text) {
    return asio::ip::make_address(text);
}

const Endpoint door{ip("203.0.113.7"), 40000}, door_rtcp{ip("203.0.113.7"), 40001};

/// One call's SDP of baresip 1.0.0, and what becomes of it.
const std::string plain =
    "v=0\r\no=- 3 1 IN IP4 192.168.1.30\r\ns=-\r\nc=IN IP4 192.168.1.30\r\nt=0 0\r\na=tool:baresip 1.0.0\r\n"
    "m=audio 11000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtcp:11001\r\na=sendrecv\r\na=ptime:20\r\n";

SdpView read(std::string_view text) {
    const auto sdp = SdpView::parse(text);
    EXPECT_TRUE(sdp.has_value()) << text;
    return sdp.value_or(SdpView{});
}

std::string with(std::string_view text, std::vector<SdpEdit> edits) {
    return read(text).with(edits);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Sdp, a_plain_offer_is_read) {
    const auto sdp = read(plain);
    ASSERT_EQ(sdp.streams().size(), 1U);
    const auto& audio = sdp.streams()[0];
    EXPECT_EQ(audio.kind, "audio");
    EXPECT_EQ(audio.protocol, "RTP/AVP");
    EXPECT_EQ(audio.rtp_at(), (Endpoint{ip("192.168.1.30"), 11000}));
    EXPECT_EQ(audio.rtcp_at(), (Endpoint{ip("192.168.1.30"), 11001}));
    EXPECT_TRUE(audio.sends && audio.receives && audio.strange.empty());
    EXPECT_EQ(audio.ice, SdpIce::none);
}

TEST(Sdp, only_the_places_are_written_and_every_other_byte_stays) {
    auto expected = replaced(plain, "c=IN IP4 192.168.1.30", "c=IN IP4 203.0.113.7");
    expected = replaced(expected, "m=audio 11000", "m=audio 40000");
    expected = replaced(expected, "a=rtcp:11001", "a=rtcp:40001");
    EXPECT_EQ(with(plain, {{0, door, door_rtcp}}), expected);
    EXPECT_EQ(with(plain, {}), plain);
}

TEST(Sdp, without_a_rtcp_line_one_is_written_only_where_it_is_not_the_next_port) {
    const auto bare = replaced(plain, "a=rtcp:11001\r\n", "");
    EXPECT_EQ(with(bare, {{0, door, door_rtcp}}).find("a=rtcp"), std::string::npos);
    const auto apart = with(bare, {{0, door, {ip("203.0.113.7"), 51000}}});
    EXPECT_TRUE(apart.ends_with("a=ptime:20\r\na=rtcp:51000\r\n")) << apart;
}

TEST(Sdp, an_address_of_the_stream_goes_before_that_of_the_session) {
    const std::string text =
        "v=0\no=- 1 1 IN IP6 2001:db8::9\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\nm=audio 5000 RTP/SAVP 8\ni=sound\n"
        "c=IN IP6 2001:db8::9\na=rtcp:6000 IN IP6 2001:db8::9\nm=video 5002 RTP/AVP 96\nb=AS:500";
    const auto sdp = read(text);
    EXPECT_EQ(sdp.streams()[0].rtp_at(), (Endpoint{ip("2001:db8::9"), 5000}));
    EXPECT_EQ(sdp.streams()[0].rtcp_at().port, 6000);
    EXPECT_EQ(sdp.streams()[1].rtp_at(), (Endpoint{ip("10.0.0.1"), 5002}));
    // Bare LF stays bare, IPv6 may become IPv4, and the session's c= is not touched by the audio.
    EXPECT_EQ(
        with(text, {{0, door, door_rtcp}}),
        "v=0\no=- 1 1 IN IP6 2001:db8::9\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\nm=audio 40000 RTP/SAVP 8\n"
        "i=sound\nc=IN IP4 203.0.113.7\na=rtcp:40001 IN IP4 203.0.113.7\nm=video 5002 RTP/AVP 96\nb=AS:500");
}

TEST(Sdp, of_streams_under_one_address_those_that_move_get_one_of_their_own) {
    const std::string text =
        "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 RTP/AVP 0\r\ni=voice\r\nb=AS:64\r\nm=video 5002 RTP/AVP 96";
    EXPECT_EQ(with(text, {{1, door, door_rtcp}}),
              "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 RTP/AVP 0\r\ni=voice\r\nb=AS:64\r\n"
              "m=video 40000 RTP/AVP 96\r\nc=IN IP4 203.0.113.7");
    EXPECT_NE(with(text, {{0, door, door_rtcp}}).find("i=voice\r\nc=IN IP4 203.0.113.7\r\nb=AS:64"),
              std::string::npos);
    const Endpoint second{ip("203.0.113.7"), 40002}, second_rtcp{ip("203.0.113.7"), 40003};
    EXPECT_EQ(with(text, {{0, door, door_rtcp}, {1, second, second_rtcp}}),
              "v=0\r\nc=IN IP4 203.0.113.7\r\nm=audio 40000 RTP/AVP 0\r\ni=voice\r\nb=AS:64\r\n"
              "m=video 40002 RTP/AVP 96");
}

TEST(Sdp, a_refused_stream_is_left_as_it_is_and_holds_nobody_back) {
    const std::string text = "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 RTP/AVP 0\r\nm=video 0 RTP/AVP 96\r\n";
    EXPECT_EQ(with(text, {{0, door, door_rtcp}, {1, door, door_rtcp}}),
              "v=0\r\nc=IN IP4 203.0.113.7\r\nm=audio 40000 RTP/AVP 0\r\nm=video 0 RTP/AVP 96\r\n");
}

TEST(Sdp, streams_that_share_a_port_move_together) {
    const std::string text =
        "v=0\r\nc=IN IP4 10.0.0.1\r\na=group:BUNDLE 0 1\r\nm=audio 5000 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
        "a=rtcp-mux\r\nm=video 5000 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtcp-mux\r\n";
    const auto sdp = read(text);
    EXPECT_TRUE(sdp.streams()[1].shares);
    EXPECT_EQ(sdp.streams()[0].rtcp_at().port, 5000) << "RFC 5761";
    const auto moved = with(text, {{0, door, door_rtcp}});
    EXPECT_NE(moved.find("m=audio 40000 "), std::string::npos);
    EXPECT_NE(moved.find("m=video 40000 "), std::string::npos);
    EXPECT_NE(moved.find("c=IN IP4 203.0.113.7"), std::string::npos);
}

TEST(Sdp, how_a_phone_looks_for_its_way_is_read_from_its_candidates) {
    const std::string head =
        "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 RTP/AVP 0\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\n";
    const std::string host1 = "a=candidate:1 1 UDP 2130706431 10.0.0.1 5000 typ host\r\n";
    const std::string host2 = "a=candidate:1 2 UDP 2130706430 10.0.0.1 5001 typ host\r\n";
    const std::string tcp = "a=candidate:2 1 TCP 2128609279 10.0.0.1 9 typ srflx tcptype active\r\n";
    const std::string outer =
        "a=candidate:3 1 UDP 1694498815 203.0.113.1 6000 typ srflx raddr 10.0.0.1 rport 5000\r\n";
    EXPECT_EQ(read(head + host1 + tcp).streams()[0].ice, SdpIce::host) << "what TCP could is nobody's way";
    EXPECT_EQ(read(head + host1 + outer).streams()[0].ice, SdpIce::outer);
    EXPECT_EQ(
        read("v=0\r\na=ice-ufrag:x\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 RTP/AVP 0\r\n").streams()[0].ice,
        SdpIce::host);
    // RFC 8839 §4.2.5: a default that is no candidate would end ICE.
    EXPECT_EQ(with(head + host1 + tcp + host2 + "a=end\r\n", {{0, door, door_rtcp}}),
              "v=0\r\nc=IN IP4 203.0.113.7\r\nm=audio 40000 RTP/AVP 0\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\n"
              "a=candidate:1 1 UDP 2130706431 203.0.113.7 40000 typ host\r\n"
              "a=candidate:1 2 UDP 2130706430 203.0.113.7 40001 typ host\r\na=end\r\n");
}

TEST(Sdp, hold_is_read_in_the_old_way_and_the_new) {
    const auto held = read("v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 5000 RTP/AVP 0\r\n");
    EXPECT_TRUE(held.streams()[0].nowhere());
    for (const auto& [line, sends, receives] :
         {std::tuple{"a=sendonly", true, false}, {"a=recvonly", false, true}, {"a=inactive", false, false}}) {
        const auto stream = read("v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5 RTP/AVP 0\r\n" + std::string(line));
        EXPECT_EQ(stream.streams()[0].sends, sends) << line;
        EXPECT_EQ(stream.streams()[0].receives, receives) << line;
        const auto all =
            read("v=0\r\nc=IN IP4 10.0.0.1\r\n" + std::string(line) + "\r\nm=audio 5 RTP/AVP 0\r\n");
        EXPECT_EQ(all.streams()[0].sends, sends) << line << " of the session";
    }
}

TEST(Sdp, what_is_not_understood_is_said_and_left_alone) {
    const std::vector<std::string> strange = {
        "v=0\r\nc=IN IP4 host.example.org\r\nm=audio 5000 RTP/AVP 0\r\n",
        "v=0\r\nc=IN IP4 233.252.0.1/127\r\nm=audio 5000 RTP/AVP 0\r\n",
        "v=0\r\nc=IN IP6 10.0.0.1\r\nm=audio 5000 RTP/AVP 0\r\n",
        "v=0\r\nm=audio 5000 RTP/AVP 0\r\n",
        "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000/2 RTP/AVP 0\r\n",
        "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 99999 RTP/AVP 0\r\n",
        "v=0\r\nc=IN IP4 10.0.0.1\r\nm=message 5000 TCP/MSRP *\r\n",
        "v=0\r\nm=audio 5000 RTP/AVP 0\r\nc=IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.2\r\n",
    };
    for (const auto& text : strange) {
        EXPECT_FALSE(read(text).streams()[0].strange.empty()) << text;
        EXPECT_EQ(with(text, {{0, door, door_rtcp}}), text);
    }
}

TEST(Sdp, what_is_none_is_none) {
    for (const std::string text : {"", "v=1\r\n", "hello", "v=0 \r\n", "o=- 1 1 IN IP4 10.0.0.1\r\nv=0\r\n",
                                   "v=0\r\nm=audio 5000 RTP/AVP 0\r\nnot a line\r\n"})
        EXPECT_FALSE(SdpView::parse(text)) << text;
    std::string many = "v=0\r\nc=IN IP4 10.0.0.1\r\n";
    for (std::size_t i = 0; i <= SdpView::max_streams; ++i)
        many += "m=audio 5000 RTP/AVP 0\r\n";
    EXPECT_FALSE(SdpView::parse(many));
}

TEST(Sdp, text_that_ends_anywhere_is_read_within_its_bounds) {
    const std::string all = plain + "m=video 0 RTP/AVP 96\r\na=candidate:1 1 UDP 1 10.0.0.1 5 typ host\r\n";
    for (std::size_t size = 0; size <= all.size(); ++size) {
        const std::string cut = all.substr(0, size);
        const auto sdp = SdpView::parse(cut);
        EXPECT_TRUE(!sdp || !sdp->with(std::vector<SdpEdit>{{0, door, door_rtcp}}).empty());
    }
}

}  // namespace
}  // namespace sip
