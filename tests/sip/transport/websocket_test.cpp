// tests/sip/transport/websocket_test.cpp - a browser by hand: the upgrade, frames whole and in pieces, and
// what no browser would send.
#include "sip/transport/websocket.hpp"

#include <gtest/gtest.h>

#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include "sip/transport/transports.hpp"
#include "tests/sip/loop.hpp"

namespace sip {
namespace {

using namespace std::chrono_literals;
using Kind = MessageStream::Item::Kind;

std::string upgrade(const std::string& more = "Sec-WebSocket-Protocol: sip\r\n") {
    return "GET / HTTP/1.1\r\nHost: node.test\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
           more + "\r\n";
}

/// RFC 6455 §5.2, masked as a client must.
std::string frame(int opcode, const std::string& payload, bool fin = true, bool masked = true) {
    std::string out(1, static_cast<char>((fin ? 0x80 : 0) | opcode));
    const int mask_bit = masked ? 0x80 : 0;
    if (payload.size() < 126) {
        out += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
    } else {
        out += static_cast<char>(mask_bit | (payload.size() < 65536 ? 126 : 127));
        for (int shift = payload.size() < 65536 ? 8 : 56; shift >= 0; shift -= 8)
            out += static_cast<char>((payload.size() >> static_cast<unsigned>(shift)) & 0xff);
    }
    const std::string mask = "\x01\x02\x03\x04";
    if (masked) out += mask;
    for (std::size_t i = 0; i < payload.size(); ++i)
        out += masked ? static_cast<char>(payload[i] ^ mask[i % 4]) : payload[i];
    return out;
}

const std::string message = "OPTIONS sip:a@example.test SIP/2.0\r\nCall-ID: 1\r\n\r\n";

std::unique_ptr<WebSocketStream> opened(std::size_t limit = 65535) {
    auto stream = std::make_unique<WebSocketStream>(OriginPolicy{}, limit);
    stream->append(upgrade());
    EXPECT_EQ(stream->next()->kind, Kind::none);
    EXPECT_TRUE(stream->take_output().starts_with("HTTP/1.1 101 "));
    return stream;
}

TEST(WebSocket, the_upgrade_is_answered_as_in_the_RFC) {
    const Upgrade answer = answer_upgrade(upgrade(), {});
    EXPECT_TRUE(answer.accepted);
    EXPECT_NE(answer.answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
              std::string::npos);
    EXPECT_NE(answer.answer.find("Sec-WebSocket-Protocol: sip\r\n"), std::string::npos);
    EXPECT_TRUE(answer_upgrade(upgrade("sec-websocket-protocol: xmpp , sip\r\n"), {}).accepted);
}

TEST(WebSocket, an_upgrade_that_is_none_is_refused_with_its_reason) {
    const auto refused = [](std::string text, const char* from, const char* to) {
        const auto at = text.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        text.replace(at, std::string(from).size(), to);
        const Upgrade answer = answer_upgrade(text, {});
        EXPECT_FALSE(answer.accepted) << to;
        return answer.answer.substr(9, 3);
    };
    EXPECT_EQ(refused(upgrade(), "GET", "POST"), "405");
    EXPECT_EQ(refused(upgrade(), "HTTP/1.1", "HTTP/1.0"), "426");
    EXPECT_EQ(refused(upgrade(), "HTTP/1.1", "SIP/2.0"), "400");
    EXPECT_EQ(refused(upgrade(), "Upgrade: websocket\r\n", ""), "426");
    EXPECT_EQ(refused(upgrade(), "keep-alive, Upgrade", "keep-alive"), "426");
    EXPECT_EQ(refused(upgrade(), "Host: node.test\r\n", ""), "400");
    EXPECT_EQ(refused(upgrade(), "Version: 13", "Version: 8"), "426");
    EXPECT_EQ(refused(upgrade(), "dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ="), "400");
    EXPECT_EQ(refused(upgrade(), "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ"), "400");
    EXPECT_EQ(refused(upgrade(), "Protocol: sip", "Protocol: sips"), "400");
    EXPECT_EQ(refused(upgrade(), "Host: node", "Host : node"), "400");
    EXPECT_EQ(
        refused(upgrade("Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
                "node", "node"),
        "400");
}

TEST(WebSocket, pages_from_elsewhere_are_refused_when_the_person_says_so) {
    const OriginPolicy policy = [](std::string_view origin) { return origin == "https://phone.test"; };
    const std::string sip = "Sec-WebSocket-Protocol: sip\r\n";
    EXPECT_TRUE(answer_upgrade(upgrade(sip + "Origin: https://phone.test\r\n"), policy).accepted);
    EXPECT_TRUE(answer_upgrade(upgrade(sip + "Origin: https://evil.test\r\n"), policy)
                    .answer.starts_with("HTTP/1.1 403 "));
    EXPECT_TRUE(answer_upgrade(upgrade(sip), policy).accepted) << "no browser: it names no page";
}

TEST(WebSocket, an_endless_upgrade_header_is_cut) {
    WebSocketStream stream({});
    stream.append("GET / HTTP/1.1\r\nX: " + std::string(max_upgrade_header, 'x'));
    EXPECT_FALSE(stream.next());
    std::string out;
    stream.write_farewell(true, out);
    EXPECT_TRUE(out.starts_with("HTTP/1.1 431 ")) << out;
}

TEST(WebSocket, a_message_may_come_byte_by_byte_and_in_fragments_with_a_ping_between) {
    WebSocketStream stream({});
    const std::string all = upgrade() + frame(1, message.substr(0, 10), false) + frame(9, "are you there") +
                            frame(0, message.substr(10, 7), false) + frame(0, message.substr(17)) +
                            frame(2, message);
    std::vector<std::string> got;
    std::string out;
    int pings = 0;
    for (const char c : all) {
        stream.append({&c, 1});
        for (;;) {
            const auto item = stream.next();
            ASSERT_TRUE(item);
            if (item->kind == Kind::none) break;
            if (item->kind == Kind::ping) ++pings;
            if (item->kind == Kind::message) got.emplace_back(item->bytes);
        }
        out += stream.take_output();
    }
    EXPECT_EQ(got, (std::vector<std::string>{message, message}));
    EXPECT_EQ(pings, 1);
    EXPECT_TRUE(
        out.ends_with("\x8a\x0d"
                      "are you there"));
    EXPECT_FALSE(stream.partial());
}

TEST(WebSocket, several_messages_in_one_read_come_one_by_one) {
    const auto stream = opened();
    stream->append(frame(1, message) + frame(1, message + "x") + frame(1, "\r\n\r\n") + frame(1, message));
    EXPECT_EQ(stream->next()->bytes, message);
    EXPECT_EQ(stream->next()->bytes, message + "x");
    EXPECT_EQ(stream->next()->kind, Kind::ping);
    EXPECT_EQ(stream->take_output(), "\x81\x02\r\n");
    EXPECT_EQ(stream->next()->bytes, message);
    EXPECT_EQ(stream->next()->kind, Kind::none);
}

TEST(WebSocket, a_pong_gets_no_pong_or_two_that_answer_each_other_would_never_end) {
    const auto stream = opened();
    for (const char* quiet : {"\r\n", "\n", "\r\n\r\n\r\n", "\r"}) {
        stream->append(frame(1, quiet));
        EXPECT_EQ(stream->next()->kind, Kind::ping);
        EXPECT_EQ(stream->take_output(), "");
    }
    stream->append(frame(2, "\r\n\r\n"));
    EXPECT_EQ(stream->next()->kind, Kind::ping);
    EXPECT_EQ(stream->take_output(), "\x81\x02\r\n") << "in a binary frame too";
}

TEST(WebSocket, it_tells_what_it_holds_of_a_message_under_way) {
    const auto stream = opened();
    const auto before = stream->held();
    const std::string large(50'000, 'x');
    stream->append(frame(1, large, false).substr(0, 20));
    EXPECT_EQ(stream->next()->kind, Kind::none);
    EXPECT_GE(stream->held(), before + 50'000) << "wslay takes what the frame announces";
    stream->append(frame(1, large, false).substr(20) + frame(0, "end"));
    EXPECT_EQ(stream->next()->bytes.size(), 50'003U);
}

TEST(WebSocket, broken_frames_end_it_with_the_right_code) {
    const auto code = [](const std::string& bytes, std::size_t limit = 65535) {
        const auto stream = opened(limit);
        stream->append(bytes);
        const auto item = stream->next();
        EXPECT_FALSE(item);
        const std::string out = stream->take_output();
        EXPECT_GE(out.size(), 4U);
        if (out.size() < 4 || out[0] != '\x88') return -1;
        return static_cast<unsigned char>(out[2]) * 256 + static_cast<unsigned char>(out[3]);
    };
    EXPECT_EQ(code(frame(1, message, true, false)), 1002) << "unmasked (RFC 6455 §5.1)";
    EXPECT_EQ(code(frame(3, message)), 1002) << "a reserved opcode";
    EXPECT_EQ(code(frame(0, message)), 1002) << "a continuation of nothing";
    EXPECT_EQ(code("\xc1\x81\x01\x02\x03\x04x"), 1002) << "a reserved bit";
    EXPECT_EQ(code(frame(1, message, false) + frame(1, message)), 1002) << "a message inside of another";
    EXPECT_EQ(code(frame(1, "\xff\xfe")), 1007) << "text that is not UTF-8";
    EXPECT_EQ(code(frame(1, std::string(65536, 'x'))), 1009) << "over the bound of a message";
    EXPECT_EQ(code(frame(1, std::string(60, 'x'), false) + frame(0, std::string(60, 'x')), 100), 1009)
        << "the bound holds for all fragments together";
    std::string many = frame(1, "x", false);
    for (int i = 0; i < 300; ++i)
        many += frame(0, "x", false);
    EXPECT_EQ(code(many), 1008) << "too many fragments";
}

TEST(WebSocket, whole_messages_before_a_broken_frame_are_still_given) {
    const auto stream = opened();
    stream->append(frame(1, message) + frame(1, message, true, false));
    EXPECT_EQ(stream->next()->bytes, message);
    EXPECT_FALSE(stream->next());
}

TEST(WebSocket, a_close_is_answered_and_ends_it) {
    const auto stream = opened();
    stream->append(frame(8, std::string("\x03\xe8", 2)));
    EXPECT_EQ(stream->next()->kind, Kind::ended);
    EXPECT_EQ(stream->take_output(), std::string("\x88\x02\x03\xe8", 4));
}

TEST(WebSocket, text_that_is_UTF8_goes_out_as_text_and_the_rest_as_binary) {
    const auto stream = opened();
    std::string out;
    stream->write("caf\xc3\xa9", out);
    EXPECT_EQ(out,
              "\x81\x05"
              "caf\xc3\xa9");
    for (const char* bad : {"\xc3", "\xff", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"}) {
        out.clear();
        stream->write(bad, out);
        EXPECT_EQ(out[0], '\x82') << bad;
    }
    out.clear();
    stream->write_farewell(false, out);
    EXPECT_EQ(out, std::string("\x88\x02\x03\xe9", 4)) << "1001: going away";
}

// The same over a socket.
struct WebTransport : testing::Test, Loop, Transports::Listener {
    std::unique_ptr<Transports> transports;
    std::vector<std::pair<Flow, std::string>> messages;
    std::vector<Flow> failed;
    asio::ip::tcp::socket peer{loop};

    void listen(TransportLimits limits = {}) {
        const Endpoint any{asio::ip::make_address("127.0.0.1"), 0};
        transports =
            std::make_unique<Transports>(loop, std::vector<Listen>{{Transport::ws, any}}, *this, limits);
        peer.connect({any.address, transports->bound()[0].endpoint.port});
    }
    void on_message(const Flow& flow, std::string_view bytes) override { messages.emplace_back(flow, bytes); }
    void on_flow_failed(const Flow& flow) override { failed.push_back(flow); }
    std::string read(std::size_t at_least) {
        std::string all;
        std::array<char, 4096> buffer{};
        peer.non_blocking(true);
        run_until([&] {
            std::error_code error;
            all.append(buffer.data(), peer.read_some(asio::buffer(buffer), error));
            return all.size() >= at_least || (error && error != asio::error::would_block);
        });
        return all;
    }
};

TEST_F(WebTransport, a_message_comes_and_its_answer_goes_over_the_same_connection) {
    listen();
    asio::write(peer, asio::buffer(upgrade() + frame(1, message)));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    EXPECT_EQ(messages[0].second, message);
    EXPECT_EQ(messages[0].first.transport, Transport::ws);
    transports->send(messages[0].first, "SIP/2.0 200 OK\r\n\r\n");
    const std::string got = read(answer_upgrade(upgrade(), {}).answer.size() + 20);
    EXPECT_TRUE(got.ends_with("\x81\x12SIP/2.0 200 OK\r\n\r\n")) << got;
    EXPECT_FALSE(transports->reach(Transport::ws, messages[0].first.remote)) << "a browser cannot be called";
    transports->close(messages[0].first);
    EXPECT_EQ(read(4), std::string("\x88\x02\x03\xe9", 4));
}

TEST_F(WebTransport, a_browser_that_only_looks_is_told_and_closed) {
    listen();
    asio::write(peer, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
    EXPECT_TRUE(read(1000).starts_with("HTTP/1.1 426 "));
    peer.close();
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
    EXPECT_EQ(transports->counters().connections_closed_bad, 0U);
}

TEST_F(WebTransport, one_that_upgrades_and_says_nothing_is_closed) {
    TransportLimits limits;
    limits.first_message = 80ms;
    listen(limits);
    asio::write(peer, asio::buffer(upgrade() + frame(9, "")));
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_closed_bad == 1; }));
    EXPECT_EQ(transports->counters().keepalives, 1U);
}

TEST_F(WebTransport, a_page_that_takes_its_leave_is_gone_at_once) {
    listen();
    asio::write(peer, asio::buffer(upgrade() + frame(1, message)));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    EXPECT_TRUE(transports->alive(messages[0].first));
    asio::write(peer, asio::buffer(frame(8, std::string("\x03\xe9", 2))));
    ASSERT_TRUE(run_until([&] { return !failed.empty(); }));
    EXPECT_EQ(failed.front(), messages[0].first);
    EXPECT_FALSE(transports->alive(messages[0].first));
    EXPECT_EQ(transports->counters().connections_open, 1U) << "our last words are on their way";
}

TEST_F(WebTransport, the_peer_may_hang_up_in_the_middle_of_a_frame) {
    listen();
    asio::write(peer, asio::buffer(upgrade() + frame(1, message) + frame(1, message).substr(0, 9)));
    ASSERT_TRUE(run_until([&] { return messages.size() == 1; }));
    peer.close();
    ASSERT_TRUE(run_until([&] { return transports->counters().connections_open == 0; }));
    EXPECT_EQ(messages.size(), 1U);
}

}  // namespace
}  // namespace sip
