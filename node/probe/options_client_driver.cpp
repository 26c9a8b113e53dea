// node/probe/options_client_driver.cpp - over UDP with repetitions, and over TCP.
#include "node/probe/options_client_driver.hpp"

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <cassert>
#include <utility>

#include "crypto/identity.hpp"
#include "node/probe/options_repeats.hpp"
#include "sip/alive.hpp"
#include "sip/syntax/framer.hpp"

namespace node {
namespace {

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
class SocketClient : public OptionsClient {
public:
    SocketClient(asio::io_context& loop, OptionsTerms terms, Listener& listener)
        : loop_(loop),
          socket_(loop),
          remote_(terms.ask.to.address, terms.ask.to.port),
          terms_(std::move(terms)),
          listener_(listener) {}

    void close() override {
        alive_.end();
        std::error_code ignored;
        socket_.close(ignored);
    }

protected:
    void end(TargetState state) {
        close();
        listener_.on_end(state);
    }
    void end(const std::error_code& why) {
        end(is_our_fault(why) ? TargetState::unknown : TargetState::refused);
    }
    /// For what goes wrong inside start().
    void end_later(const std::error_code& why) {
        asio::post(loop_, alive_.guard([this, why] { end(why); }));
    }

    void open(std::error_code& error) {
        socket_.open(remote_.protocol(), error);
        if (!error && terms_.from) socket_.bind({*terms_.from, 0}, error);
    }
    /// REQUIRES: connected. False: to ourselves, which loopback makes possible when the port that the kernel
    /// chose for us is the very one that nobody listens on.
    [[nodiscard]] bool ask() {
        std::error_code error;
        const auto local = socket_.local_endpoint(error);
        if (error || local == remote_) return false;
        crypto::Bytes<30> random{};
        crypto::random_bytes(random);
        request_.emplace(terms_.ask, sip::Endpoint{local.address(), local.port()}, random);
        return true;
    }

    enum class Heard : std::uint8_t { reply, stray, closed };  // closed: it was the last thing to hear
    Heard hear(std::string_view wire) {
        const auto here = alive_.watch();
        const auto reply = request_->read(wire);
        if (reply) {
            listener_.on_reply(*reply);
        } else {
            listener_.on_stray();
        }
        if (!here) return Heard::closed;
        return reply ? Heard::reply : Heard::stray;
    }

    asio::io_context& loop_;
    typename Protocol::socket socket_;
    const typename Protocol::endpoint remote_;
    const OptionsTerms terms_;
    Listener& listener_;
    std::optional<OptionsRequest> request_;
    sip::Alive alive_;
};

class UdpClient : public SocketClient<asio::ip::udp> {
public:
    UdpClient(asio::io_context& loop, OptionsTerms terms, Listener& listener)
        : SocketClient(loop, std::move(terms), listener), timer_(loop), repeats_(terms_.at_most) {}

    void start() override {
        std::error_code error;
        open(error);
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
        SocketClient::close();
    }

private:
    void send() {
        std::error_code error;
        socket_.send(asio::buffer(request_->text()), 0, error);
        if (error && !worth_repeating(error)) return end_later(error);
        repeats_.sent(std::chrono::steady_clock::now());
        const auto wake = repeats_.next_wake();
        if (!wake) return;
        timer_.expires_at(*wake);
        timer_.async_wait(alive_.guard([this](const std::error_code& cancelled) {
            if (!cancelled) send();
        }));
    }

    void await_readable() {
        socket_.async_wait(
            asio::ip::udp::socket::wait_read,
            alive_.guard([this](const std::error_code& error) { error ? end(error) : receive(); }));
    }

    void receive() {
        std::error_code error;
        const auto size = socket_.receive(asio::buffer(terms_.buffer.data(), terms_.buffer.size()), 0, error);
        if (error && !worth_repeating(error)) return end(error);
        if (!error) {
            const Heard heard = hear({terms_.buffer.data(), size});
            if (heard == Heard::closed) return;
            if (heard == Heard::reply) repeats_.provisional();
        }
        await_readable();
    }

    asio::steady_timer timer_;
    OptionsRepeats repeats_;
};

class TcpClient : public SocketClient<asio::ip::tcp> {
public:
    using SocketClient::SocketClient;

    void start() override {
        std::error_code error;
        open(error);
        if (!error) socket_.non_blocking(true, error);
        if (error) return end_later(error);
        socket_.async_connect(remote_, alive_.guard([this](const std::error_code& failed) {
            failed ? end(failed) : connected();
        }));
    }

private:
    void connected() {
        if (!ask()) return end(TargetState::refused);
        asio::async_write(socket_, asio::buffer(request_->text()),
                          alive_.guard([this](const std::error_code& error, std::size_t) {
                              if (error) end(error);
                          }));
        await_readable();
    }

    void await_readable() {
        socket_.async_wait(
            asio::ip::tcp::socket::wait_read,
            alive_.guard([this](const std::error_code& error) { error ? end(error) : receive(); }));
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

std::unique_ptr<OptionsClient> make_options_client(asio::io_context& loop, OptionsTerms terms,
                                                   OptionsClient::Listener& listener) {
    assert(can_ask(terms.ask.transport));
    if (terms.ask.transport == sip::Transport::tcp)
        return std::make_unique<TcpClient>(loop, std::move(terms), listener);
    return std::make_unique<UdpClient>(loop, std::move(terms), listener);
}

}  // namespace node
