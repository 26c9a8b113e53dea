// tests/bench/relay_bench.cpp - what a relay's pipe costs beside a plain TCP forwarder, in the same run, on
// one core for the forwarder: bytes a second, and what it adds to a round trip. Without the limits that a
// pipe has (64 kB, then 8 kB/s): these are for sharing, not for speed.
//     build/release/tests/bench/relay_bench
#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "node/relay/pipes_driver.hpp"

namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;
constexpr std::size_t chunk = std::size_t{16} * 1024, much = std::size_t{512} * 1024 * 1024;
constexpr int round_trips = 20'000, rounds = 3;

/// Two connections over loopback: our ends, and those of whoever is between.
struct Ends {
    explicit Ends(asio::io_context& loop) : caller(own), answerer(own), from(loop), to(loop) {
        tcp::acceptor acceptor(own, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
        caller.connect(acceptor.local_endpoint());
        from = tcp::socket(loop, tcp::v4(), acceptor.accept().release());
        answerer.connect(acceptor.local_endpoint());
        to = tcp::socket(loop, tcp::v4(), acceptor.accept().release());
        for (auto* socket : {&caller, &answerer, &from, &to})
            socket->set_option(tcp::no_delay(true));
    }
    asio::io_context own;
    tcp::socket caller, answerer, from, to;
};

/// Reads, writes, and nothing else.
class Forwarder : public std::enable_shared_from_this<Forwarder> {
public:
    Forwarder(tcp::socket one, tcp::socket other) : one_(std::move(one)), other_(std::move(other)) {}
    void start() {
        pump(one_, other_, there_);
        pump(other_, one_, back_);
    }

private:
    using Buffer = std::array<char, chunk>;
    void pump(tcp::socket& from, tcp::socket& to, Buffer& buffer) {
        from.async_read_some(asio::buffer(buffer), [self = shared_from_this(), &from, &to, &buffer](
                                                       std::error_code error, std::size_t got) {
            if (error) return;
            asio::async_write(to, asio::buffer(buffer.data(), got),
                              [self, &from, &to, &buffer](std::error_code failed, std::size_t) {
                                  if (!failed) self->pump(from, to, buffer);
                              });
        });
    }
    tcp::socket one_, other_;
    Buffer there_{}, back_{};
};

struct Figures {
    double megabytes_a_second = 0, p50_us = 0, p99_us = 0;
};

Figures measure(Ends& ends) {
    Figures figures;
    std::vector<double> took;
    std::thread echo([&] {
        std::array<char, 64> bytes{};
        for (int i = 0; i < round_trips; ++i) {
            asio::read(ends.answerer, asio::buffer(bytes));
            asio::write(ends.answerer, asio::buffer(bytes));
        }
    });
    for (int i = 0; i < round_trips; ++i) {
        std::array<char, 64> bytes{};
        const auto begun = Clock::now();
        asio::write(ends.caller, asio::buffer(bytes));
        asio::read(ends.caller, asio::buffer(bytes));
        took.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begun).count());
    }
    echo.join();
    std::sort(took.begin(), took.end());
    figures.p50_us = took[took.size() / 2];
    figures.p99_us = took[took.size() * 99 / 100];

    const auto begun = Clock::now();
    std::thread sender([&] {
        const std::vector<char> bytes(chunk);
        for (std::size_t sent = 0; sent < much; sent += chunk)
            asio::write(ends.caller, asio::buffer(bytes));
    });
    std::vector<char> bytes(chunk);
    for (std::size_t got = 0; got < much;)
        got += ends.answerer.read_some(asio::buffer(bytes));
    sender.join();
    figures.megabytes_a_second =
        static_cast<double>(much) / 1e6 / std::chrono::duration<double>(Clock::now() - begun).count();
    return figures;
}

struct Nobody : node::PipesDriver::Host {
    void pipe_ended(const sip::PipeId&) override {}
};

void report(const char* what, const Figures& figures) {
    std::printf("%-16s %8.0f MB/s   round trip p50 %6.1f us, p99 %6.1f us\n", what,
                figures.megabytes_a_second, figures.p50_us, figures.p99_us);
}

Figures through_forwarder() {
    asio::io_context loop(1);
    Ends ends(loop);
    std::make_shared<Forwarder>(std::move(ends.from), std::move(ends.to))->start();
    std::thread runs([&] { loop.run(); });
    const auto figures = measure(ends);
    loop.stop();
    runs.join();
    return figures;
}

Figures through_pipe() {
    asio::io_context loop(1);
    Ends ends(loop);
    Nobody nobody;
    node::PipeLimits limits;
    limits.burst = limits.bytes_a_second = 1e15;
    node::PipesDriver pipes(loop, nobody, limits);
    pipes.wait(sip::PipeId{1}, std::move(ends.from));
    pipes.join(sip::PipeId{1}, std::move(ends.to));
    std::thread runs([&] { loop.run(); });
    const auto figures = measure(ends);
    loop.stop();
    runs.join();
    return figures;
}

}  // namespace

int main() {
    for (int round = 0; round < rounds; ++round) {
        report("plain forwarder", through_forwarder());
        report("relay's pipe", through_pipe());
    }
    return 0;
}
