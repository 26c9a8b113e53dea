// sip/transport/stream_connection.cpp - opens, secures, reads, writes and ends one TCP connection.
#include "sip/transport/stream_connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <utility>

#include "sip/transport/relay_frames.hpp"

namespace sip {
namespace {

constexpr std::size_t drain_bytes = std::size_t{1024} * 1024;  // a peer that goes on sending gets its RST
constexpr std::size_t kept_capacity = std::size_t{4} * 1024;   // for the next answers; more goes back
using Io = ByteStream::Io;

// RFC 1122 §4.2.3.6: after a minute without a word the kernel asks whether the other end is there, every 15
// s, and four times. So a peer that lost its power is known to be gone within two minutes, and a NAT on the
// way does not forget the connection.
void keep_alive(int socket) {
    const auto set = [socket](int level, int option, int value) {
        (void)::setsockopt(socket, level, option, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 15);
    set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

}  // namespace

StreamConnection::StreamConnection(asio::ip::tcp::socket socket, const Flow& flow, MakeBytes make_bytes,
                                   std::unique_ptr<MessageStream> messages, StreamOwner& owner,
                                   const TransportLimits& limits)
    : socket_(std::move(socket)),
      make_bytes_(std::move(make_bytes)),
      messages_(std::move(messages)),
      timer_(socket_.get_executor()),
      flow_(flow),
      owner_(owner),
      limits_(limits) {}

void StreamConnection::start() {
    times_.accepted(Clock::now());
    state_ = State::securing;
    keep_alive(socket_.native_handle());
    bytes_ = make_bytes_(socket_);
    if (bytes_ == nullptr) return close_now(false);
    arm_timer();
    secure();
}

void StreamConnection::connect(const asio::ip::tcp::endpoint& remote, Opens opens) {
    state_ = State::connecting;
    times_.state_begins(Clock::now());
    relayed_ = opens == Opens::theirs;
    opened_by_us_ = !relayed_;
    arm_timer();
    socket_.async_connect(remote,
                          alive_.guard([this](const std::error_code& error) { on_connected(error); }));
}

void StreamConnection::on_connected(const std::error_code& error) {
    if (state_ != State::connecting) return;  // closed meanwhile
    if (error) return close_now(false);
    std::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    start();
}

void StreamConnection::secure() {
    if (state_ != State::securing) return;  // closed meanwhile
    const Io io = bytes_->open();
    if (io.kind == Io::Kind::done) return opened();
    if (io.kind == Io::Kind::elsewhere) return hand_over();
    if (io.kind != Io::Kind::again) return close_now(!opened_by_us_);
    const auto ready =
        bytes_->wants_write() ? asio::ip::tcp::socket::wait_write : asio::ip::tcp::socket::wait_read;
    socket_.async_wait(ready, alive_.guard([this](const std::error_code& error) {
        if (error == asio::error::operation_aborted) return;
        secure();
    }));
}

void StreamConnection::hand_over() {
    state_ = State::closed;
    timer_.cancel();
    const auto wish = bytes_->relay_wish();
    owner_.stream_elsewhere(flow_, wish, std::move(socket_));
    owner_.stream_closed(*this, false);
}

void StreamConnection::opened() {
    state_ = State::open;
    if (bytes_->speaks_frames()) messages_ = std::make_unique<RelayFrames>();
    times_.opened(opened_by_us_, Clock::now());
    owner_.stream_secured(*this, true);
    arm_timer();
    flush();
    if (state_ == State::closed) return;
    // The peer's first bytes may lie in TLS already.
    if (bytes_->has_unread()) return on_readable();
    await_readable();
}

void StreamConnection::await_readable() {
    socket_.async_wait(asio::ip::tcp::socket::wait_read, alive_.guard([this](const std::error_code& error) {
        if (error == asio::error::operation_aborted) return;
        on_readable();  // an error shows again when reading
    }));
}

void StreamConnection::on_readable() {
    if (state_ == State::closed) return;
    if (state_ == State::draining) return discard_input();
    const bool scheduled = std::exchange(output_.scheduled, true);  // answers wait for the end of this read
    bool goes_on = read_once();
    while (goes_on && state_ == State::open && !visit_ && bytes_->has_unread())
        goes_on = read_once();
    output_.scheduled = scheduled;
    if (state_ == State::closed) return;
    if (visit_ && state_ == State::open) {
        tell_held();
        if (state_ == State::open) visit_->start();
        return;
    }
    flush();
    tell_held();
    if (state_ != State::closed && goes_on) await_readable();
}

/// False: there will be no more to read.
bool StreamConnection::read_once() {
    const auto buffer = owner_.read_buffer();
    const Io io = bytes_->read(buffer);
    switch (io.kind) {
        case Io::Kind::done: on_bytes({buffer.data(), io.bytes}); return true;
        case Io::Kind::again: return true;
        case Io::Kind::ended: on_end_of_input(); return false;
        case Io::Kind::elsewhere:
        case Io::Kind::failed: close_now(false); return false;
    }
    return false;
}

void StreamConnection::on_bytes(std::string_view bytes) {
    using Kind = MessageStream::Item::Kind;
    const auto now = Clock::now();
    messages_->append(bytes);
    if (pong_ == Pong::first_awaited || pong_ == Pong::awaited) {  // any word shows that the peer is there
        pong_ = Pong::seen;
        times_.whole(false, now);
    }
    bool progress = false;
    while (state_ == State::open) {
        const auto item = messages_->next();
        if (!item) {
            const auto header = messages_->bytes_for_answer();
            if (!header.empty()) owner_.stream_broken(flow_, header, item.error());
            say(messages_->take_output());
            return close_gracefully(true);
        }
        say(messages_->take_output());
        if (item->kind == Kind::none || state_ != State::open) break;
        if (item->kind == Kind::ended) return close_gracefully(false);
        if (item->kind == Kind::visitor) return visit(item->bytes);
        progress = true;
        times_.whole(item->kind != Kind::ping, now);
        switch (item->kind) {
            case Kind::ping: owner_.stream_pinged(); break;
            case Kind::message: owner_.stream_message(flow_, item->bytes); break;
            case Kind::frame: owner_.stream_frame(flow_, item->bytes); break;
            case Kind::none:
            case Kind::visitor:
            case Kind::ended: break;
        }
    }
    const bool sooner = times_.partial(messages_->partial(), progress, now);
    if (sooner && state_ == State::open) arm_timer();
}

void StreamConnection::visit(std::string_view bytes) {
    auto answerer = owner_.stream_visitor(flow_);
    if (!answerer) return close_gracefully(false);
    times_.whole(true, Clock::now());
    visit_ = std::make_unique<WebVisit>(socket_, *bytes_, std::move(*answerer),
                                        static_cast<WebVisit::Host&>(*this));
    visit_->first(bytes);
}

void StreamConnection::visit_over(bool well) {
    if (state_ != State::open) return;
    if (!well) return close_now(false);
    std::string().swap(unsent_);
    close_gracefully(false);
    await_readable();
}

void StreamConnection::on_end_of_input() {
    if (!times_.first_message_seen()) return close_now(false);  // nothing that could still be answered
    state_ = State::half_closed;
    times_.state_begins(Clock::now());
    arm_timer();
    owner_.stream_one_sided(*this);
}

void StreamConnection::send(std::string_view message) {
    if (unsent_.size() - sent_ + message.size() > limits_.unsent_bytes) {
        if (state_ != State::closed) close_now(true);
        return;
    }
    messages_->write(message, unsent_);
    tell_held();
    schedule_flush();
}

void StreamConnection::ping() {
    if (state_ != State::open) return;
    if (pong_ == Pong::awaited) return close_now(false);
    pong_ = pong_ == Pong::seen ? Pong::awaited : Pong::first_awaited;
    std::string ping;
    messages_->write_ping(ping);
    say(ping);
}

void StreamConnection::tell_held() {
    const auto visit = visit_ ? WebVisit::held : 0;
    if (state_ != State::closed) owner_.stream_holds(*this, visit + messages_->held() + unsent_.capacity());
}

/// As it stands; of the message stream itself.
void StreamConnection::say(std::string_view bytes) {
    if (bytes.empty() || state_ == State::closed || state_ == State::draining) return;
    if (unsent_.size() - sent_ + bytes.size() > limits_.unsent_bytes) return close_now(true);
    unsent_.append(bytes);
    schedule_flush();
}

void StreamConnection::schedule_flush() {
    if (output_.scheduled || output_.awaited) return;
    output_.scheduled = true;
    asio::post(socket_.get_executor(), alive_.guard([this] {
        output_.scheduled = false;
        flush();
    }));
}

void StreamConnection::flush() {
    while (state_ != State::connecting && state_ != State::securing && state_ != State::closed &&
           !output_.awaited && sent_ < unsent_.size()) {
        const Io io = bytes_->write({unsent_.data() + sent_, unsent_.size() - sent_});
        sent_ += io.bytes;
        if (io.kind == Io::Kind::again) {
            output_.awaited = true;
            unsent_.erase(0, std::exchange(sent_, 0));
            socket_.async_wait(asio::ip::tcp::socket::wait_write,
                               alive_.guard([this](const std::error_code& waited) {
                                   if (waited == asio::error::operation_aborted) return;
                                   output_.awaited = false;
                                   flush();
                               }));
            return;
        }
        if (io.kind != Io::Kind::done) return close_now(bad_);
    }
    if (sent_ == unsent_.size()) {
        unsent_.clear();
        if (unsent_.capacity() > kept_capacity) std::string().swap(unsent_);
        sent_ = 0;
        tell_held();
    }
    end_output_when_sent();
}

void StreamConnection::close_gracefully(bool bad) {
    if (state_ == State::closed || state_ == State::draining) return;
    if (state_ == State::connecting || state_ == State::securing) return close_now(bad);
    if (!visit_) messages_->write_farewell(bad, unsent_);
    const bool peer_ended = state_ == State::half_closed;
    state_ = State::draining;
    times_.state_begins(Clock::now());
    bad_ = bad;
    arm_timer();
    if (!peer_ended) owner_.stream_one_sided(*this);
    if (peer_ended) discarded_ = drain_bytes;  // its end was read: nothing to wait for once all is sent
    schedule_flush();
}

void StreamConnection::end_output_when_sent() {
    if (state_ != State::draining || output_.ended || !unsent_.empty()) return;
    output_.ended = true;
    if (discarded_ >= drain_bytes) return close_now(bad_);
    bytes_->end_output();
}

void StreamConnection::discard_input() {
    std::error_code error;
    const auto buffer = owner_.read_buffer();
    discarded_ += socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    const bool again = !error || error == asio::error::would_block || error == asio::error::interrupted;
    if (!again && error != asio::error::eof) return close_now(bad_);
    if (!again) discarded_ = drain_bytes;  // the peer has ended too
    if (discarded_ < drain_bytes) return await_readable();
    if (output_.ended) close_now(bad_);  // else when the last bytes are sent, or at the deadline
}

void StreamConnection::close_now(bool bad) {
    const State before = std::exchange(state_, State::closed);
    if (before == State::closed) return;
    if (before == State::securing) owner_.stream_secured(*this, false);
    std::error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
    owner_.stream_closed(*this, bad);
}

// One timer, armed for the soonest deadline known; deadlines that moved on meanwhile are seen when it fires.
void StreamConnection::arm_timer() {
    timer_.expires_at(times_.deadline(state_, limits_));
    timer_.async_wait(alive_.guard([this](const std::error_code& error) {
        if (!error) on_timer();
    }));
}

void StreamConnection::on_timer() {
    if (state_ == State::closed) return;
    if (Clock::now() < times_.deadline(state_, limits_)) return arm_timer();
    switch (state_) {
        case State::connecting: return close_now(false);
        case State::securing: return close_now(!opened_by_us_);
        case State::half_closed: return close_gracefully(false);
        case State::draining: return close_now(bad_);
        case State::open: return close_now(!times_.idle());
        case State::closed: return;
    }
}

}  // namespace sip
