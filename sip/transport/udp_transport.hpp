// sip/transport/udp_transport.hpp - one UDP socket: datagrams in and out in batches, each reply from the
// address it was asked at. A part of Transports; SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <string>
#include <system_error>

#include "sip/alive.hpp"
#include "sip/transport/transports.hpp"

namespace sip {

class UdpTransport {
public:
    /// Borrows listener, limits and counters. Throws std::system_error.
    UdpTransport(asio::io_context& loop, const Endpoint& endpoint, Transports::Listener& listener,
                 const TransportLimits& limits, TransportCounters& counters);
    ~UdpTransport();
    UdpTransport(const UdpTransport&) = delete;  // pending waits point back here
    UdpTransport& operator=(const UdpTransport&) = delete;

    [[nodiscard]] const Endpoint& bound() const noexcept { return bound_; }
    /// REQUIRES: flow.remote is of this socket's family.
    void send(const Flow& flow, std::string bytes);

private:
    struct Batch;
    struct Outgoing {
        Endpoint local;  // its address may be unspecified
        Endpoint remote;
        std::string bytes;
    };

    void await_readable();
    void pause_reading();
    void on_readable();
    bool receive_batch();  // true: it is worth while to look for more
    bool was_of_another();
    std::size_t read_errors();  // how many there were
    void deliver(std::size_t slot);
    void schedule_flush();
    void flush();
    void answer_stun(const Flow& flow, std::string_view request);
    std::size_t fill_batch();

    asio::ip::udp::socket socket_;
    asio::steady_timer pause_;
    Transports::Listener& listener_;
    const TransportLimits& limits_;
    TransportCounters& counters_;
    Endpoint bound_;
    std::unique_ptr<Batch> in_, out_;
    std::deque<Outgoing> unsent_;
    std::size_t unsent_bytes_ = 0;
    bool flush_scheduled_ = false;  // posted, or on_readable() is about to
    bool awaiting_writable_ = false;
    Alive alive_;  // last: handlers may come after the end
};

}  // namespace sip
