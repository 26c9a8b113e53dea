// node/probe/options_attempt.cpp - over UDP with retransmissions, and over TCP.
#include "node/probe/options_attempt.hpp"

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <cassert>
#include <utility>

#include "sip/syntax/framer.hpp"

namespace node {
namespace {

using namespace std::chrono_literals;

constexpr auto t1 = 500ms;   // RFC 3261 §17.1.1.1
constexpr auto t2 = 4000ms;  // §17.1.2.2: timer E doubles up to it
constexpr std::size_t max_message = 65535;
constexpr std::size_t max_stream = std::size_t{64} * 1024;  // of everything that one peer says

bool worth_repeating(const std::error_code& error) {
    return error == asio::error::would_block || error == asio::error::try_again ||
           error == asio::error::interrupted || error == asio::error::no_buffer_space;
}

/// Out of descriptors, memory or ports: nothing that could be held against the target.
bool is_our_fault(const std::error_code& error) {
    return error == asio::error::no_descriptors || error == asio::error::no_memory ||
           error == std::errc::too_many_files_open_in_system || error == asio::error::no_buffer_space ||
           error == std::errc::address_not_available;
}

/// What UDP and TCP have in common. `Protocol`: asio::ip::udp or tcp.
template <typename Protocol>
class SocketAttempt : public EdgeAttempt {
public:
    SocketAttempt(asio::io_context& loop, const DnsTarget& target, EdgeAttemptTerms terms)
        : loop_(loop),
          socket_(loop),
          transport_(target.transport),
          remote_(target.address, target.port),
          terms_(std::move(terms)) {}

    void close() override {
        alive_.reset();
        std::error_code ignored;
        socket_.close(ignored);
    }

protected:
    using Alive = std::weak_ptr<char>;

    void end(TargetState state) {
        const auto on_end = terms_.on_end;
        close();
        on_end(state);
    }
    void end(const std::error_code& why) {
        end(is_our_fault(why) ? TargetState::unknown : TargetState::refused);
    }
    /// For what goes wrong inside start().
    void end_later(const std::error_code& why) {
        asio::post(loop_, [this, alive = Alive(alive_), why] {
            if (!alive.expired()) end(why);
        });
    }

    /// REQUIRES: connected. False: to ourselves, which loopback makes possible when the port that the kernel
    /// chose for us is the very one that nobody listens on.
    [[nodiscard]] bool ask() {
        std::error_code error;
        const auto local = socket_.local_endpoint(error);
        if (error || local == remote_) return false;
        crypto::Bytes<30> dice{};
        crypto::random_bytes(dice);
        question_.emplace(terms_.domain, transport_, sip::Endpoint{local.address(), local.port()},
                          terms_.challenge, dice);
        return true;
    }

    enum class Heard : std::uint8_t { reply, stray, closed };  // closed: it was the last thing to hear
    Heard hear(std::string_view wire) {
        const Alive alive(alive_);
        const auto reply = question_->read(wire);
        if (reply) {
            terms_.on_reply(*reply);
        } else {
            terms_.on_stray();
        }
        if (alive.expired()) return Heard::closed;
        return reply ? Heard::reply : Heard::stray;
    }

    asio::io_context& loop_;
    typename Protocol::socket socket_;
    const sip::Transport transport_;
    const typename Protocol::endpoint remote_;
    EdgeAttemptTerms terms_;
    std::optional<EdgeQuestion> question_;
    std::shared_ptr<char> alive_ = std::make_shared<char>();  // handlers hold it weakly
};

class UdpAttempt : public SocketAttempt<asio::ip::udp> {
public:
    UdpAttempt(asio::io_context& loop, const DnsTarget& target, EdgeAttemptTerms terms)
        : SocketAttempt(loop, target, std::move(terms)), timer_(loop) {}

    void start() override {
        std::error_code error;
        socket_.open(remote_.protocol(), error);
        // Connected, so that an ICMP error comes back to us, and datagrams of others do not.
        if (!error) socket_.connect(remote_, error);
        if (!error) socket_.non_blocking(true, error);
        if (error) return end_later(error);
        if (!ask()) return end_later(asio::error::connection_refused);
        await_readable();
        send();
    }

    void close() override {
        timer_.cancel();
        SocketAttempt::close();
    }

private:
    void send() {
        std::error_code error;
        socket_.send(asio::buffer(question_->text()), 0, error);
        if (error && !worth_repeating(error)) return end_later(error);
        timer_.expires_after(wait_);
        timer_.async_wait([this, alive = Alive(alive_)](const std::error_code& cancelled) {
            if (cancelled || alive.expired()) return;
            // §17.1.2.2: in state Proceeding it is sent every T2.
            wait_ = proceeding_ ? t2 : std::min<std::chrono::milliseconds>(wait_ * 2, t2);
            send();
        });
    }

    void await_readable() {
        socket_.async_wait(asio::ip::udp::socket::wait_read,
                           [this, alive = Alive(alive_)](const std::error_code& error) {
                               if (alive.expired()) return;
                               error ? end(error) : receive();
                           });
    }

    void receive() {
        std::error_code error;
        const auto size = socket_.receive(asio::buffer(terms_.buffer.data(), terms_.buffer.size()), 0, error);
        if (error && !worth_repeating(error)) return end(error);
        if (!error) {
            const Heard heard = hear({terms_.buffer.data(), size});
            if (heard == Heard::closed) return;
            proceeding_ = proceeding_ || heard == Heard::reply;
        }
        await_readable();
    }

    asio::steady_timer timer_;
    std::chrono::milliseconds wait_ = t1;
    bool proceeding_ = false;
};

class TcpAttempt : public SocketAttempt<asio::ip::tcp> {
public:
    using SocketAttempt::SocketAttempt;

    void start() override {
        std::error_code error;
        socket_.open(remote_.protocol(), error);
        if (!error) socket_.non_blocking(true, error);
        if (error) return end_later(error);
        socket_.async_connect(remote_, [this, alive = Alive(alive_)](const std::error_code& failed) {
            if (alive.expired()) return;
            failed ? end(failed) : connected();
        });
    }

private:
    void connected() {
        if (!ask()) return end(TargetState::refused);
        asio::async_write(socket_, asio::buffer(question_->text()),
                          [this, alive = Alive(alive_)](const std::error_code& error, std::size_t) {
                              if (error && !alive.expired()) end(error);
                          });
        await_readable();
    }

    void await_readable() {
        socket_.async_wait(asio::ip::tcp::socket::wait_read,
                           [this, alive = Alive(alive_)](const std::error_code& error) {
                               if (alive.expired()) return;
                               error ? end(error) : receive();
                           });
    }

    void receive() {
        std::error_code error;
        const auto size = socket_.read_some(asio::buffer(terms_.buffer.data(), terms_.buffer.size()), error);
        if (error && !worth_repeating(error)) return end(error);  // the end of the stream too
        received_ += size;
        if (received_ > max_stream) return end(TargetState::refused);
        framer_.append({terms_.buffer.data(), size});
        for (;;) {
            const auto item = framer_.next();
            if (!item) return end(TargetState::refused);
            if (item->kind == sip::Framer::Item::Kind::none) break;
            // A ping wants a pong (RFC 5626), but from who keeps the connection.
            if (item->kind != sip::Framer::Item::Kind::message) continue;
            if (hear(item->bytes) == Heard::closed) return;
        }
        await_readable();
    }

    sip::Framer framer_{max_message};
    std::size_t received_ = 0;
};

}  // namespace

bool can_ask(sip::Transport transport) noexcept {
    return transport == sip::Transport::udp || transport == sip::Transport::tcp;
}

std::unique_ptr<EdgeAttempt> make_edge_attempt(asio::io_context& loop, const DnsTarget& target,
                                               EdgeAttemptTerms terms) {
    assert(can_ask(target.transport));
    if (target.transport == sip::Transport::tcp)
        return std::make_unique<TcpAttempt>(loop, target, std::move(terms));
    return std::make_unique<UdpAttempt>(loop, target, std::move(terms));
}

}  // namespace node
