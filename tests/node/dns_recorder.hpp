// tests/node/dns_recorder.hpp - stands between a resolver and its DNS server on loopback, in a thread of its
// own, and writes down every question that passes: a query log that no server can forget.
#pragma once

#include <array>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sip/flow.hpp"

namespace node::test {

class DnsRecorder {
public:
    using udp = asio::ip::udp;
    using tcp = asio::ip::tcp;

    /// Passes datagrams on to 127.0.0.1:`upstream`. TCP connections are counted, and closed.
    explicit DnsRecorder(std::uint16_t upstream)
        : upstream_(upstream),
          socket_(loop_, udp::endpoint(asio::ip::make_address("127.0.0.1"), 0)),
          acceptor_(loop_,
                    tcp::endpoint(asio::ip::make_address("127.0.0.1"), socket_.local_endpoint().port())) {
        receive();
        accept();
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~DnsRecorder() {
        loop_.stop();
        thread_.join();
    }
    DnsRecorder(const DnsRecorder&) = delete;
    DnsRecorder& operator=(const DnsRecorder&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] sip::Endpoint endpoint() const { return {asio::ip::make_address("127.0.0.1"), port_}; }
    /// From now on another server answers: another network, behind the same address.
    void pass_to(std::uint16_t upstream) { upstream_ = upstream; }
    /// Names asked so far, lowercase, without trailing dot, in order.
    [[nodiscard]] std::vector<std::string> names() const {
        const std::lock_guard lock(mutex_);
        return names_;
    }
    [[nodiscard]] int tcp_connections() const { return tcp_connections_; }

private:
    struct Exchange {
        explicit Exchange(asio::io_context& loop) : up(loop, udp::v4()) {}
        udp::socket up;
        udp::endpoint client;
        std::array<char, 8192> buffer{};
    };
    void receive() {
        socket_.async_receive_from(asio::buffer(buffer_), from_,
                                   [this](std::error_code error, std::size_t size) {
                                       if (error) return;
                                       record(std::string(buffer_.data(), size));
                                       pass_on(size);
                                       receive();
                                   });
    }
    void record(const std::string& query) {
        std::string name;
        for (std::size_t at = 12; at < query.size() && query[at] != 0;) {
            const auto length = static_cast<std::size_t>(query[at]);
            if (!name.empty()) name += '.';
            for (const char c : query.substr(at + 1, length))
                name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
            at += length + 1;
        }
        const std::lock_guard lock(mutex_);
        names_.push_back(name);
    }
    void pass_on(std::size_t size) {
        auto exchange = std::make_shared<Exchange>(loop_);
        exchange->client = from_;
        std::error_code error;
        exchange->up.connect({asio::ip::make_address("127.0.0.1"), upstream_}, error);
        exchange->up.send(asio::buffer(buffer_, size), 0, error);
        if (error) return;
        auto& up = exchange->up;
        up.async_receive(
            asio::buffer(exchange->buffer), [this, exchange](std::error_code failed, std::size_t answered) {
                std::error_code ignored;
                if (!failed)
                    socket_.send_to(asio::buffer(exchange->buffer, answered), exchange->client, 0, ignored);
            });
    }
    void accept() {
        acceptor_.async_accept([this](std::error_code error, tcp::socket) {
            if (error) return;
            ++tcp_connections_;
            accept();
        });
    }

    asio::io_context loop_;
    std::atomic<std::uint16_t> upstream_;
    udp::socket socket_;
    tcp::acceptor acceptor_;
    const std::uint16_t port_ = socket_.local_endpoint().port();
    udp::endpoint from_;
    std::array<char, 8192> buffer_{};
    mutable std::mutex mutex_;
    std::vector<std::string> names_;
    std::atomic<int> tcp_connections_{0};
    std::thread thread_;
};

}  // namespace node::test
