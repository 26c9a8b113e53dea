// sip/transport/stream_connection.hpp - one TCP connection, accepted or opened: messages in and out, and
// every way it can end. Which bytes go over it is ByteStream's business (TCP or TLS), how messages lie in
// them MessageStream's (Content-Length or WebSocket).
//   connecting -> securing (the TLS handshake) -> open: what is sent meanwhile waits
//   open -> half_closed (the peer ended its side; answers still go out) -> draining -> closed
//   open -> draining (we ended: what was queued goes out, what comes in is discarded) -> closed
// Open it also is while a browser looks at a page (WebVisit), for as long as a stranger's may be.
// Draining exists because close() with unread bytes sends a RST, which may overtake the 400 that explains it.
// A part of StreamTransport; SIP loop only.
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "sip/alive.hpp"
#include "sip/transport/byte_stream.hpp"
#include "sip/transport/connection_times.hpp"
#include "sip/transport/message_stream.hpp"
#include "sip/transport/transports.hpp"
#include "sip/transport/web_visit.hpp"

namespace sip {

class StreamConnection;

/// Who holds the connections. What is said of a connection's end is said once.
class StreamOwner {
public:
    virtual void stream_message(const Flow& flow, std::string_view message) = 0;
    virtual void stream_broken(const Flow& flow, std::string_view header, std::error_code why) = 0;
    /// The same, of a relay's.
    virtual void stream_frame(const Flow& flow, std::string_view frame) = 0;
    virtual void stream_pinged() = 0;
    /// Transports::Listener::on_web_visitor().
    [[nodiscard]] virtual std::optional<asio::local::stream_protocol::socket> stream_visitor(
        const Flow& flow) = 0;
    /// The handshake is over, well or not.
    virtual void stream_secured(const StreamConnection& connection, bool well) = 0;
    /// Instead of stream_secured(): who connected wants somebody else. The socket goes with it.
    virtual void stream_elsewhere(const Flow& flow, const FirstBytes& wish, asio::ip::tcp::socket socket) = 0;
    /// One of the two has ended its side: no request on it will get an answer any more.
    virtual void stream_one_sided(const StreamConnection& connection) = 0;
    /// May close this connection or another: together they hold too much.
    virtual void stream_holds(const StreamConnection& connection, std::size_t bytes) = 0;
    /// Must not destroy the connection before the next loop turn. `bad`: the peer broke a rule or a bound.
    virtual void stream_closed(const StreamConnection& connection, bool bad) = 0;
    /// Where one read goes; only one connection reads at a time.
    virtual std::span<char> read_buffer() = 0;

protected:
    ~StreamOwner() = default;
};

class StreamConnection final : private WebVisit::Host {
public:
    /// Makes the stream over the socket that it is given; null: it cannot.
    using MakeBytes = std::function<std::unique_ptr<ByteStream>(asio::ip::tcp::socket&)>;

    /// Borrows owner and limits.
    StreamConnection(asio::ip::tcp::socket socket, const Flow& flow, MakeBytes make_bytes,
                     std::unique_ptr<MessageStream> messages, StreamOwner& owner,
                     const TransportLimits& limits);
    StreamConnection(const StreamConnection&) = delete;  // pending waits point back here
    StreamConnection& operator=(const StreamConnection&) = delete;

    void start();
    /// Whose word is first, once it is connected.
    enum class Opens : std::uint8_t {
        ours,    // we want something
        theirs,  // a caller's, who waits at a relay: as if he had connected to us
    };
    /// Instead of start(): opens it. What fails, or takes longer than the limit, closes it.
    void connect(const asio::ip::tcp::endpoint& remote, Opens opens = Opens::ours);
    /// Its caller is met through a relay; the remote address is not his.
    [[nodiscard]] bool relayed() const noexcept { return relayed_; }
    [[nodiscard]] const Flow& flow() const noexcept { return flow_; }
    [[nodiscard]] bool accepts_output() const noexcept {
        return state_ == State::connecting || state_ == State::securing || state_ == State::open ||
               state_ == State::half_closed;
    }
    /// For new requests: a peer that ended its side will answer none of them.
    [[nodiscard]] bool accepts_requests() const noexcept {
        return accepts_output() && state_ != State::half_closed;
    }
    [[nodiscard]] std::optional<PeerIdentity> peer() const { return bytes_ ? bytes_->peer() : std::nullopt; }
    /// REQUIRES: accepts_output(). Closes when the peer leaves too much unread.
    void send(std::string_view bytes);
    /// RFC 5626 §4.4.1. When the peer has answered one before, and has not said a word since the last: the
    /// end.
    void ping();
    /// Its peer is known: idle time instead of a stranger's minute.
    void keep() noexcept { times_.known(); }
    void close_gracefully(bool bad);
    void close_now(bool bad);

private:
    using Clock = std::chrono::steady_clock;
    using State = ConnectionState;

    void on_connected(const std::error_code& error);
    void secure();
    void hand_over();
    void opened();
    void await_readable();
    void on_readable();
    [[nodiscard]] bool read_once();
    void on_bytes(std::string_view bytes);
    void visit(std::string_view bytes);
    void visit_over(bool well) override;
    void say(std::string_view bytes);
    void on_end_of_input();
    void discard_input();
    void tell_held();
    void schedule_flush();
    void flush();
    void end_output_when_sent();
    void arm_timer();
    void on_timer();

    asio::ip::tcp::socket socket_;
    MakeBytes make_bytes_;
    std::unique_ptr<ByteStream> bytes_;
    std::unique_ptr<MessageStream> messages_;
    std::unique_ptr<WebVisit> visit_;  // instead of messages; goes before what it borrows
    asio::steady_timer timer_;
    Flow flow_;
    StreamOwner& owner_;
    const TransportLimits& limits_;
    std::string unsent_;
    std::size_t sent_ = 0;  // of unsent_
    State state_ = State::open;
    bool bad_ = false;  // why it drains
    bool opened_by_us_ = false, relayed_ = false;
    struct {
        bool scheduled = false;  // a flush is posted, or on_readable() is about to
        bool awaited = false;    // that the socket takes more
        bool ended = false;
    } output_;
    enum class Pong : std::uint8_t { never_seen, first_awaited, seen, awaited } pong_ = Pong::never_seen;
    std::size_t discarded_ = 0;
    ConnectionTimes times_;
    Alive alive_;  // last: handlers may come after the end
};

}  // namespace sip
