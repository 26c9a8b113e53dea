// node/relay/pipes_driver.hpp - callers who wait for somebody behind this node, and the bytes that go both
// ways once he has come. What the bytes are is nobody's business here: TLS runs from end to end.
// 1. A caller waits five seconds at most, and loses nothing of what he has said.
// 2. Each way 64 kB at once, then 8 kB a second; a pipe on which nothing goes for 15 minutes ends.
// 3. 16 KiB of memory each way: who does not read is not read from.
// SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <map>
#include <memory>

#include "sip/alive.hpp"
#include "sip/transport/first_bytes.hpp"

namespace node {

struct PipeLimits {
    double burst = 64.0 * 1024, bytes_a_second = 8.0 * 1024;
    std::chrono::milliseconds waiting{5'000}, idle{15 * 60'000};
};

class PipesDriver {
public:
    class Host {
    public:
        /// Told of each pipe once, after the call that showed it.
        virtual void pipe_ended(const sip::PipeId& pipe) = 0;

    protected:
        ~Host() = default;
    };
    /// Borrows both.
    PipesDriver(asio::io_context& loop, Host& host, PipeLimits limits = {});
    ~PipesDriver();
    PipesDriver(const PipesDriver&) = delete;  // pipes point back here
    PipesDriver& operator=(const PipesDriver&) = delete;

    void wait(const sip::PipeId& pipe, asio::ip::tcp::socket caller);
    /// REQUIRES: he waits, and nobody has come.
    void join(const sip::PipeId& pipe, asio::ip::tcp::socket answerer);
    /// Ends it, unless whoever has come is at this address (of IPv6: in its /64): he has moved, and his
    /// caller is to hear of it now, not when the kernel notices.
    void end_unless_from(const sip::PipeId& pipe, const asio::ip::address& address);
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }  // passed on

private:
    class Pipe;
    void ended(const sip::PipeId& pipe);

    asio::io_context& loop_;
    Host& host_;
    const PipeLimits limits_;
    std::map<sip::PipeId, std::unique_ptr<Pipe>> pipes_;
    std::uint64_t bytes_ = 0;
    sip::Alive alive_;
};

}  // namespace node
