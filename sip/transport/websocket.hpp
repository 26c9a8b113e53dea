// sip/transport/websocket.hpp - SIP over WebSocket (RFC 6455, RFC 7118), the server's side: one SIP message
// in each WebSocket message. Framing is wslay's, which does nothing else. Not restinio: its WebSocket brings
// an HTTP server with its own loop, and speaks TLS through OpenSSL alone. Bounded: the HTTP header, a message
// (also one in many fragments), and the number of its fragments.
#pragma once

#include <wslay/wslay.h>

#include <cstdint>
#include <deque>

#include "sip/transport/message_stream.hpp"
#include "sip/transport/websocket_handshake.hpp"

namespace sip {

class WebSocketStream final : public MessageStream {
public:
    explicit WebSocketStream(OriginPolicy allowed, std::size_t max_message = 65535);
    ~WebSocketStream() override;
    WebSocketStream(const WebSocketStream&) = delete;  // wslay points back here
    WebSocketStream& operator=(const WebSocketStream&) = delete;

    void append(std::string_view bytes) override { input_.append(bytes); }
    Result<Item> next() override;
    std::size_t held() const override;
    bool partial() const override { return !open_ ? !input_.empty() : in_message_ || in_control_; }
    void write(std::string_view message, std::string& out) override;
    void write_ping(std::string& out) override;
    std::string take_output() override { return std::exchange(output_, {}); }
    void write_farewell(bool bad, std::string& out) override;

private:
    struct Callbacks;
    struct Received {
        bool ping = false;
        std::string bytes;
    };
    Result<Item> upgrade();
    void queue(std::uint8_t opcode, std::string_view bytes);
    void flush();

    OriginPolicy allowed_;
    wslay_event_context_ptr context_ = nullptr;
    std::string input_;
    std::size_t read_ = 0;  // of input_, by wslay
    std::string output_;
    std::string refusal_;  // of a visitor, should nobody answer him
    std::deque<Received> received_;
    std::string current_;  // what next() gave last
    bool open_ = false, ended_ = false;
    bool in_message_ = false, in_control_ = false;
    unsigned fragments_ = 0;
    std::size_t in_wslay_ = 0;  // of the message under way
    bool too_many_fragments_ = false;
};

}  // namespace sip
