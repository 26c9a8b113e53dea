// sip/stream_connection.cpp - opens, reads, frames, writes and ends one TCP connection.
#include "sip/stream_connection.hpp"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <utility>

namespace sip {
namespace {

constexpr auto drain_time = std::chrono::seconds(2);  // for the peer to read our last words and end its side
constexpr std::size_t drain_bytes = std::size_t{1024} * 1024;  // a peer that goes on sending gets its RST
// A keepalive of one CRLF, or the start of a ping, lies in the framer without a message being under way.
constexpr std::size_t partial_bytes = 4;

}  // namespace

StreamConnection::StreamConnection(asio::ip::tcp::socket socket, const Flow& flow, StreamOwner& owner,
                                   const TransportLimits& limits)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      flow_(flow),
      owner_(owner),
      limits_(limits) {}

void StreamConnection::start() {
    last_whole_ = accepted_ = Clock::now();
    arm_timer();
    await_readable();
}

void StreamConnection::connect(const asio::ip::tcp::endpoint& remote) {
    state_ = State::connecting;
    state_since_ = Clock::now();
    arm_timer();
    socket_.async_connect(remote, [this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (!alive.expired()) on_connected(error);
    });
}

void StreamConnection::on_connected(const std::error_code& error) {
    if (state_ != State::connecting) return;  // closed meanwhile
    if (error) return close_now(false);
    state_ = State::open;
    first_message_seen_ = true;  // it was we who wanted to talk; the peer may be silent
    std::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    start();
    flush();
}

void StreamConnection::await_readable() {
    socket_.async_wait(asio::ip::tcp::socket::wait_read,
                       [this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
                           if (alive.expired() || error == asio::error::operation_aborted) return;
                           on_readable();  // an error shows again when reading
                       });
}

void StreamConnection::on_readable() {
    if (state_ == State::closed) return;
    if (state_ == State::draining) return discard_input();
    std::error_code error;
    const auto buffer = owner_.read_buffer();
    const std::size_t got = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    if (error == asio::error::would_block || error == asio::error::interrupted) return await_readable();
    if (error == asio::error::eof) return on_end_of_input();
    if (error) return close_now(false);
    const bool scheduled = std::exchange(flush_scheduled_, true);  // answers wait for the end of this read
    on_bytes({buffer.data(), got});
    flush_scheduled_ = scheduled;
    if (state_ == State::closed) return;
    flush();
    if (state_ != State::closed) await_readable();
}

void StreamConnection::on_bytes(std::string_view bytes) {
    const auto now = Clock::now();
    framer_.append(bytes);
    bool progress = false;
    while (state_ == State::open) {
        const auto item = framer_.next();
        if (!item) {
            const auto header = framer_.bytes_for_answer();
            if (!header.empty()) owner_.stream_broken(flow_, header);
            return close_gracefully(true);
        }
        if (item->kind == Framer::Item::Kind::none) break;
        progress = true;
        last_whole_ = now;
        if (item->kind == Framer::Item::Kind::ping) {
            owner_.stream_pinged();
            send("\r\n");  // RFC 5626 §4.4.1: the pong is a single CRLF
        } else {
            first_message_seen_ = true;
            owner_.stream_message(flow_, item->bytes);
        }
    }
    const bool partial = framer_.buffered() >= partial_bytes;
    if (partial && (progress || !partial_)) partial_since_ = now;
    const bool sooner = partial && !partial_;
    partial_ = partial;
    if (sooner && state_ == State::open) arm_timer();
}

void StreamConnection::on_end_of_input() {
    if (!first_message_seen_) return close_now(false);  // nothing that could still be answered
    state_ = State::half_closed;
    state_since_ = Clock::now();
    arm_timer();
    owner_.stream_half_closed(*this);
}

void StreamConnection::send(std::string_view bytes) {
    if (unsent_.size() - sent_ + bytes.size() > limits_.unsent_bytes) {
        if (state_ != State::closed) close_now(true);
        return;
    }
    unsent_.append(bytes);
    schedule_flush();
}

void StreamConnection::schedule_flush() {
    if (flush_scheduled_ || awaiting_writable_) return;
    flush_scheduled_ = true;
    asio::post(socket_.get_executor(), [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        flush_scheduled_ = false;
        flush();
    });
}

void StreamConnection::flush() {
    while (state_ != State::connecting && state_ != State::closed && !awaiting_writable_ &&
           sent_ < unsent_.size()) {
        std::error_code error;
        sent_ += socket_.write_some(asio::buffer(unsent_.data() + sent_, unsent_.size() - sent_), error);
        if (error == asio::error::would_block) {
            awaiting_writable_ = true;
            unsent_.erase(0, std::exchange(sent_, 0));
            socket_.async_wait(asio::ip::tcp::socket::wait_write,
                               [this, alive = std::weak_ptr(alive_)](const std::error_code& waited) {
                                   if (alive.expired() || waited == asio::error::operation_aborted) return;
                                   awaiting_writable_ = false;
                                   flush();
                               });
            return;
        }
        if (error && error != asio::error::interrupted) return close_now(bad_);
    }
    if (sent_ == unsent_.size()) {
        unsent_.clear();
        sent_ = 0;
    }
    end_output_when_sent();
}

void StreamConnection::close_gracefully(bool bad) {
    if (state_ == State::closed || state_ == State::draining) return;
    if (state_ == State::connecting) return close_now(bad);
    const bool peer_ended = state_ == State::half_closed;
    state_ = State::draining;
    state_since_ = Clock::now();
    bad_ = bad;
    arm_timer();
    if (peer_ended) discarded_ = drain_bytes;  // its end was read: nothing to wait for once all is sent
    schedule_flush();
}

void StreamConnection::end_output_when_sent() {
    if (state_ != State::draining || output_ended_ || !unsent_.empty()) return;
    output_ended_ = true;
    if (discarded_ >= drain_bytes) return close_now(bad_);
    std::error_code error;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    if (error) close_now(bad_);
}

void StreamConnection::discard_input() {
    std::error_code error;
    const auto buffer = owner_.read_buffer();
    discarded_ += socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    const bool again = !error || error == asio::error::would_block || error == asio::error::interrupted;
    if (!again && error != asio::error::eof) return close_now(bad_);
    if (!again) discarded_ = drain_bytes;  // the peer has ended too
    if (discarded_ < drain_bytes) return await_readable();
    if (output_ended_) close_now(bad_);  // else when the last bytes are sent, or at the deadline
}

void StreamConnection::close_now(bool bad) {
    if (std::exchange(state_, State::closed) == State::closed) return;
    std::error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
    owner_.stream_closed(*this, bad);
}

StreamConnection::Clock::time_point StreamConnection::deadline() const {
    switch (state_) {
        case State::connecting: return state_since_ + limits_.connect;
        case State::half_closed: return state_since_ + limits_.half_closed;
        case State::draining: return state_since_ + drain_time;
        case State::open:
        case State::closed: break;
    }
    auto soonest = last_whole_ + limits_.idle;
    if (!first_message_seen_) soonest = std::min(soonest, accepted_ + limits_.first_message);
    if (partial_) soonest = std::min(soonest, partial_since_ + limits_.first_message);
    return soonest;
}

// One timer, armed for the soonest deadline known; deadlines that moved on meanwhile are seen when it fires.
void StreamConnection::arm_timer() {
    timer_.expires_at(deadline());
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (!alive.expired() && !error) on_timer();
    });
}

void StreamConnection::on_timer() {
    if (state_ == State::closed) return;
    if (Clock::now() < deadline()) return arm_timer();
    switch (state_) {
        case State::connecting: return close_now(false);
        case State::half_closed: return close_gracefully(false);
        case State::draining: return close_now(bad_);
        case State::open: {
            const bool idle = first_message_seen_ && !partial_;
            return close_now(!idle);
        }
        case State::closed: return;
    }
}

}  // namespace sip
