// sip/transport/message_stream.hpp - SIP messages in a byte stream: one after the other by Content-Length
// (RFC 3261 §18.3), or each in a WebSocket message (RFC 7118; websocket.hpp). A core: bytes in, messages and
// bytes out. One object a connection.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "sip/syntax/framer.hpp"

namespace sip {

class MessageStream {
public:
    struct Item {
        enum class Kind {
            none,     // more bytes are needed
            message,  // valid until the next call of next() or append()
            frame,    // the same, of a relay's (relay_frames.hpp)
            ping,     // the pong is in take_output()
            visitor,  // no WebSocket is wanted but a page: all that came. Who answers pages has the
                      // connection from now on; if nobody does, write_farewell() says what there is to say
            ended,    // the peer took its leave, or wanted something else; what there is to say is in
                      // take_output()
        } kind = Kind::none;
        std::string_view bytes;
    };
    virtual ~MessageStream() = default;

    virtual void append(std::string_view bytes) = 0;
    /// An error closes the connection, after take_output().
    [[nodiscard]] virtual Result<Item> next() = 0;
    /// After an error: the header of the message at fault, when that came whole and can be answered.
    [[nodiscard]] virtual std::string_view bytes_for_answer() const { return {}; }
    /// Something has begun that is not whole yet.
    [[nodiscard]] virtual bool partial() const = 0;
    /// Bytes of memory that hold what was read.
    [[nodiscard]] virtual std::size_t held() const = 0;

    /// Adds `message` to `out` as it goes over the wire.
    virtual void write(std::string_view message, std::string& out) = 0;
    /// A sign of life that asks for one.
    virtual void write_ping(std::string& out) = 0;
    /// What the stream itself has to say.
    [[nodiscard]] virtual std::string take_output() = 0;
    /// Its last words when we close.
    virtual void write_farewell(bool /*bad*/, std::string& /*out*/) {}
};

class SipStream final : public MessageStream {
public:
    void append(std::string_view bytes) override { framer_.append(bytes); }
    Result<Item> next() override {
        const auto item = framer_.next();
        if (!item) {
            // Not one field that an answer could repeat: a word for whoever looks at the bytes.
            if (item.error() == Errc::not_sip) output_ = "SIP/2.0 400 Not SIP\r\nContent-Length: 0\r\n\r\n";
            return tl::unexpected(item.error());
        }
        switch (item->kind) {
            case Framer::Item::Kind::none: break;
            case Framer::Item::Kind::message: return Item{Item::Kind::message, item->bytes};
            case Framer::Item::Kind::ping:
                output_ += "\r\n";  // RFC 5626 §4.4.1: the pong is a single CRLF
                return Item{Item::Kind::ping, {}};
        }
        return Item{};
    }
    std::string_view bytes_for_answer() const override { return framer_.bytes_for_answer(); }
    bool partial() const override { return framer_.buffered() >= partial_bytes; }
    std::size_t held() const override { return framer_.memory(); }
    void write(std::string_view message, std::string& out) override { out.append(message); }
    void write_ping(std::string& out) override { out.append("\r\n\r\n"); }
    std::string take_output() override { return std::exchange(output_, {}); }

private:
    // A keepalive of one CRLF, or the start of a ping, lies in the framer without a message being under way.
    static constexpr std::size_t partial_bytes = 4;
    Framer framer_;
    std::string output_;
};

}  // namespace sip
