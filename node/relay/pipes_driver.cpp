// node/relay/pipes_driver.cpp - reads, waits for tokens, writes.
#include "node/relay/pipes_driver.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include "sip/alive.hpp"
#include "sip/flow.hpp"
#include "sip/token_bucket.hpp"

namespace node {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t buffer_size = std::size_t{16} * 1024;
constexpr double least_read = 1024;  // so that a pipe without tokens is no stream of tiny segments
constexpr auto half_closed = std::chrono::seconds(10);

/// Routers forget connections on which nothing goes.
void keep_alive(asio::ip::tcp::socket& socket) {
    std::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket.set_option(asio::socket_base::keep_alive(true), ignored);
    const int idle = 20, interval = 10, probes = 3;
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

}  // namespace

class PipesDriver::Pipe {
public:
    Pipe(PipesDriver& driver, const sip::PipeId& id, asio::ip::tcp::socket caller)
        : driver_(driver),
          id_(id),
          caller_(std::move(caller)),
          answerer_(driver.loop_),
          there_(driver, caller_, answerer_),
          back_(driver, answerer_, caller_),
          idle_(driver.loop_) {
        keep_alive(caller_);
        end_at(Clock::now() + driver_.limits_.waiting);
    }

    void join(asio::ip::tcp::socket answerer) {
        answerer_ = std::move(answerer);
        keep_alive(answerer_);
        joined_ = true;
        moved_at_ = Clock::now();
        end_at(Clock::now() + driver_.limits_.idle);
        pump(there_);
        pump(back_);
    }

    void end_unless_from(const asio::ip::address& address) {
        std::error_code gone;
        const auto from = answerer_.remote_endpoint(gone);
        if (joined_ && (gone || sip::source_of(from.address()) != sip::source_of(address))) end();
    }

    void close() {
        alive_.end();
        std::error_code ignored;
        caller_.close(ignored);
        answerer_.close(ignored);
    }

private:
    /// One way.
    struct Way {
        Way(PipesDriver& driver, asio::ip::tcp::socket& source, asio::ip::tcp::socket& sink)
            : from(source),
              to(sink),
              tokens(driver.limits_.burst,
                     sip::TokenBucket::Seconds(driver.limits_.burst / driver.limits_.bytes_a_second)),
              pause(driver.loop_) {}
        asio::ip::tcp::socket& from;
        asio::ip::tcp::socket& to;
        sip::TokenBucket tokens;
        asio::steady_timer pause;
        std::array<char, buffer_size> buffer{};
        bool ended = false;
    };

    void pump(Way& way) {
        const auto now = Clock::now();
        const double left = way.tokens.left(now);
        if (left < least_read) return wait_for_tokens(way, least_read - left);
        const auto most = std::min(way.buffer.size(), static_cast<std::size_t>(left));
        way.from.async_read_some(asio::buffer(way.buffer.data(), most),
                                 alive_.guard([this, &way](const std::error_code& error, std::size_t got) {
                                     if (error) return error == asio::error::eof ? end_way(way) : end();
                                     on_read(way, got);
                                 }));
    }

    void wait_for_tokens(Way& way, double missing) {
        way.pause.expires_after(std::chrono::duration_cast<Clock::duration>(
            sip::TokenBucket::Seconds(missing / driver_.limits_.bytes_a_second)));
        way.pause.async_wait(alive_.guard([this, &way](const std::error_code& cancelled) {
            if (!cancelled) pump(way);
        }));
    }

    void on_read(Way& way, std::size_t got) {
        const auto now = Clock::now();
        way.tokens.take(static_cast<double>(got), now);
        driver_.bytes_ += got;
        moved_at_ = now;
        asio::async_write(way.to, asio::buffer(way.buffer.data(), got),
                          alive_.guard([this, &way](const std::error_code& error, std::size_t) {
                              if (error) return end();
                              pump(way);
                          }));
    }

    void end_way(Way& way) {
        way.ended = true;
        if (there_.ended && back_.ended) return end();
        std::error_code ignored;
        way.to.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
        end_at(Clock::now() + half_closed);
    }

    void end_at(Clock::time_point when) {
        idle_.expires_at(when);
        idle_.async_wait(alive_.guard([this](const std::error_code& cancelled) {
            if (!cancelled) on_idle();
        }));
    }

    void on_idle() {
        const auto until = moved_at_ + driver_.limits_.idle;
        const bool flows = joined_ && !there_.ended && !back_.ended && Clock::now() < until;
        if (!flows) return end();
        end_at(until);
    }

    void end() {
        close();
        asio::post(driver_.loop_, [&driver = driver_, id = id_, here = driver_.alive_.watch()] {
            if (here) driver.ended(id);
        });
    }

    PipesDriver& driver_;
    const sip::PipeId id_;
    asio::ip::tcp::socket caller_, answerer_;
    Way there_, back_;
    asio::steady_timer idle_;
    Clock::time_point moved_at_{};
    bool joined_ = false;
    sip::Alive alive_;
};

PipesDriver::PipesDriver(asio::io_context& loop, Host& host, PipeLimits limits)
    : loop_(loop), host_(host), limits_(limits) {}

PipesDriver::~PipesDriver() = default;

void PipesDriver::wait(const sip::PipeId& pipe, asio::ip::tcp::socket caller) {
    pipes_[pipe] = std::make_unique<Pipe>(*this, pipe, std::move(caller));
}

void PipesDriver::join(const sip::PipeId& pipe, asio::ip::tcp::socket answerer) {
    const auto found = pipes_.find(pipe);
    if (found != pipes_.end()) found->second->join(std::move(answerer));
}

void PipesDriver::end_unless_from(const sip::PipeId& pipe, const asio::ip::address& address) {
    const auto found = pipes_.find(pipe);
    if (found != pipes_.end()) found->second->end_unless_from(address);
}

void PipesDriver::ended(const sip::PipeId& pipe) {
    if (pipes_.erase(pipe) > 0) host_.pipe_ended(pipe);
}

}  // namespace node
