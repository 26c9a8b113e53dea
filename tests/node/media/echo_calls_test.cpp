// tests/node/media/echo_calls_test.cpp - *43: what is answered to a phone's offer, and how the call ends.
#include "node/media/echo_calls.hpp"

#include <gtest/gtest.h>

#include <set>

namespace node {
namespace {

using namespace std::chrono_literals;

sip::Endpoint at(const char* address, std::uint16_t port) {
    return {asio::ip::make_address(address), port};
}

const std::string offer =
    "v=0\r\no=- 1 1 IN IP4 192.168.1.30\r\ns=-\r\nc=IN IP4 192.168.1.30\r\nt=0 0\r\n"
    "m=audio 11000 RTP/AVP 96 0\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 stereo=1\r\na=rtpmap:0 PCMU/8000\r\n"
    "m=video 11002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\n";

TEST(EchoAnswer, takes_the_first_codec_of_the_first_sound_and_nothing_else) {
    const auto said = echo_answer(offer, at("192.168.1.20", 7000));
    ASSERT_TRUE(said);
    EXPECT_EQ(said->phone, at("192.168.1.30", 11000));
    EXPECT_EQ(said->sdp,
              "v=0\r\no=- 1 1 IN IP4 192.168.1.20\r\ns=echo\r\nc=IN IP4 192.168.1.20\r\nt=0 0\r\n"
              "m=audio 7000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 stereo=1\r\n"
              "m=video 0 RTP/AVP 97\r\n");
}

TEST(EchoAnswer, gives_the_first_key_back_so_that_what_comes_back_can_be_read) {
    const std::string keyed =
        "v=0\r\nc=IN IP4 192.168.1.30\r\nm=audio 11000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 "
        "inline:x\r\n"
        "a=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:y\r\na=sendonly\r\n";
    const auto said = echo_answer(keyed, at("192.168.1.20", 7000));
    ASSERT_TRUE(said);
    EXPECT_NE(said->sdp.find("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\na=recvonly\r\n"),
              std::string::npos);
    EXPECT_EQ(said->sdp.find("a=crypto:2"), std::string::npos);
}

TEST(EchoAnswer, there_is_none_to_what_cannot_be_sent_back) {
    for (const std::string text : {"", "v=0\r\nc=IN IP4 10.0.0.1\r\nm=video 5000 RTP/AVP 97\r\n",
                                   "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n",
                                   "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 RTP/SAVP 0\r\n",
                                   "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 5000 UDP/TLS/RTP/SAVPF 0\r\n"})
        EXPECT_FALSE(echo_answer(text, at("192.168.1.20", 7000))) << text;
}

struct ScriptedPorts : EchoCalls::Ports {
    std::set<std::string> calls;
    std::optional<sip::Endpoint> open(const std::string& call, const sip::Endpoint&) override {
        calls.insert(call);
        return at("192.168.1.20", 7000);
    }
    void close(const std::string& call) override { calls.erase(call); }
};

class EchoCallsTest : public testing::Test {
protected:
    ScriptedPorts ports;
    const sip::Endpoint proxy = at("127.0.0.1", 5060);
    EchoCalls echo{at("127.0.0.1", 40000), ports};
    EchoCalls::Time now{std::chrono::hours(1)};

    std::string receive(const std::string& method, const std::string& body = {},
                        const std::string& id = "call-1", const std::string& to_tag = {}) {
        const auto all = echo.receive(
            proxy,
            method +
                " sip:echo@127.0.0.1:40000 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa\r\n"
                "Record-Route: <sip:one@127.0.0.1;lr>\r\nRecord-Route: <sip:two@192.168.1.20;lr>\r\n"
                "From: <sip:alice@home.test>;tag=a\r\nTo: <sip:*43@home.test>" +
                (to_tag.empty() ? "" : ";tag=" + to_tag) + "\r\nCall-ID: " + id + "\r\nCSeq: 1 " + method +
                "\r\nMax-Forwards: 70\r\nContact: <sip:alice@192.168.1.30:5060>\r\n" +
                (body.empty() ? "" : "Content-Type: application/sdp\r\n") +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
            "t-" + id, now);
        EXPECT_TRUE(all.empty() || all[0].to == proxy);
        return all.empty() ? "" : all[0].bytes;
    }
};

TEST_F(EchoCallsTest, it_answers_at_once_and_again_until_it_is_acknowledged) {
    const auto ok = receive("INVITE", offer);
    EXPECT_TRUE(ok.starts_with("SIP/2.0 200 ")) << ok;
    EXPECT_NE(ok.find(";tag=t-call-1"), std::string::npos);
    EXPECT_LT(ok.find("sip:one@"), ok.find("sip:two@"));
    EXPECT_EQ(ports.calls, std::set<std::string>{"call-1"});
    EXPECT_TRUE(echo.on_time(now).empty());
    now += 500ms;
    const auto again = echo.on_time(now);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].bytes, ok);
    EXPECT_EQ(receive("ACK", "", "call-1", "t-call-1"), "");
    now += 10s;
    EXPECT_TRUE(echo.on_time(now).empty());
}

TEST_F(EchoCallsTest, it_ends_by_BYE) {
    (void)receive("INVITE", offer);
    EXPECT_TRUE(receive("BYE", "", "call-1", "t-call-1").starts_with("SIP/2.0 200 "));
    EXPECT_TRUE(ports.calls.empty());
    EXPECT_EQ(echo.size(), 0U);
    EXPECT_TRUE(receive("BYE", "", "call-1", "t-call-1").starts_with("SIP/2.0 481 "));
}

TEST_F(EchoCallsTest, it_hangs_up_after_a_minute_by_the_route_that_the_call_came) {
    (void)receive("INVITE", offer);
    (void)receive("ACK", "", "call-1", "t-call-1");
    EXPECT_EQ(echo.next_wake(), now + 60s);
    now += 60s;
    const auto bye = echo.on_time(now);
    ASSERT_EQ(bye.size(), 1U);
    EXPECT_EQ(bye[0].to, proxy);
    EXPECT_TRUE(bye[0].bytes.starts_with("BYE sip:alice@192.168.1.30:5060 SIP/2.0\r\n")) << bye[0].bytes;
    EXPECT_LT(bye[0].bytes.find("Route: <sip:one@"), bye[0].bytes.find("Route: <sip:two@"));
    EXPECT_NE(bye[0].bytes.find("From: <sip:*43@home.test>;tag=t-call-1\r\n"), std::string::npos);
    EXPECT_NE(bye[0].bytes.find("To: <sip:alice@home.test>;tag=a\r\n"), std::string::npos);
    EXPECT_TRUE(ports.calls.empty());
    EXPECT_FALSE(echo.next_wake());
}

TEST_F(EchoCallsTest, without_sound_it_says_488_and_the_ninth_at_once_is_busy) {
    EXPECT_TRUE(receive("INVITE", "").starts_with("SIP/2.0 488 "));
    for (std::size_t i = 0; i < EchoCalls::most; ++i)
        EXPECT_TRUE(receive("INVITE", offer, "c" + std::to_string(i)).starts_with("SIP/2.0 200 "));
    EXPECT_TRUE(receive("INVITE", offer, "more").starts_with("SIP/2.0 486 "));
    EXPECT_EQ(ports.calls.size(), EchoCalls::most);
}

TEST_F(EchoCallsTest, what_is_no_SIP_gets_no_answer) {
    EXPECT_TRUE(echo.receive(proxy, "hello", "t", now).empty());
    EXPECT_TRUE(echo.receive(proxy, "SIP/2.0 200 OK\r\n\r\n", "t", now).empty());
    EXPECT_TRUE(receive("MESSAGE").starts_with("SIP/2.0 405 "));
    EXPECT_TRUE(receive("OPTIONS").starts_with("SIP/2.0 200 "));
}

}  // namespace
}  // namespace node
