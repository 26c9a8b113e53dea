// tests/sip/transport/websocket_handshake_test.cpp - whose pages may connect, and what else is asked of the
// upgrade (the rest is in websocket_test.cpp).
#include "sip/transport/websocket_handshake.hpp"

#include <gtest/gtest.h>

namespace sip {
namespace {

Upgrade upgrade(const std::string& more, const OriginPolicy& policy = {},
                const std::string& host = "node.test:8443") {
    return answer_upgrade("GET / HTTP/1.1\r\nHost: " + host +
                              "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Protocol: sip\r\n" +
                              more + "\r\n",
                          policy);
}

int status(const Upgrade& answer) {
    return std::stoi(answer.answer.substr(9, 3));
}

int from(const std::string& origin, const std::string& host = "node.test:8443") {
    return status(upgrade("Origin: " + origin + "\r\n", {}, host));
}

TEST(WebSocketHandshake, without_a_policy_only_pages_of_the_host_itself_may_connect) {
    EXPECT_EQ(from("https://node.test"), 101);
    EXPECT_EQ(from("https://node.test:8443"), 101);
    EXPECT_EQ(from("https://NODE.test"), 101);
    EXPECT_EQ(from("https://192.168.1.5:80", "192.168.1.5:8443"), 101);
    EXPECT_EQ(from("http://[fd00::1]", "[fd00::1]:8443"), 101);
    EXPECT_EQ(from("http://[fd00::1]:8000", "[fd00::1]"), 101);
    EXPECT_EQ(from("https://evil.test"), 403);
    EXPECT_EQ(from("https://node.test.evil.test"), 403);
    EXPECT_EQ(from("https://evil-node.test"), 403);
    EXPECT_EQ(from("https://[fd00::2]", "[fd00::1]:8443"), 403);
    EXPECT_EQ(from("null"), 403) << "a page from a file, or in a sandbox";
    EXPECT_EQ(from("node.test"), 403) << "no origin at all";
    EXPECT_EQ(from(""), 403);
}

TEST(WebSocketHandshake, a_client_that_is_no_browser_names_no_origin_and_is_not_asked_for_one) {
    const OriginPolicy nobody = [](std::string_view) { return false; };
    EXPECT_EQ(status(upgrade("", nobody)), 101);
    EXPECT_EQ(status(upgrade("", {})), 101);
    EXPECT_EQ(status(upgrade("Origin: https://phone.test\r\n", nobody)), 403);
    EXPECT_EQ(status(upgrade("Origin: null\r\n", nobody)), 403);
}

TEST(WebSocketHandshake, two_origins_are_none) {
    const OriginPolicy all = [](std::string_view) { return true; };
    EXPECT_EQ(status(upgrade("Origin: https://phone.test\r\nOrigin: https://evil.test\r\n", all)), 403);
}

TEST(WebSocketHandshake, the_refusal_names_the_key_of_the_configuration) {
    EXPECT_NE(upgrade("Origin: https://phone.test\r\n").answer.find("sip.web_origins"), std::string::npos);
}

TEST(WebSocketHandshake, whatever_the_bytes_are_there_is_an_answer) {
    const std::string good = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const char c : {'\0', '\r', '\n', ' ', ':', '\xff'}) {
            std::string odd = good;
            odd[at] = c;
            const Upgrade answer = answer_upgrade(odd, {});
            EXPECT_FALSE(answer.accepted);
            EXPECT_TRUE(answer.answer.starts_with("HTTP/1.1 4")) << at;
        }
    }
}

}  // namespace
}  // namespace sip
