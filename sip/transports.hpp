// sip/transports.hpp - the sockets: UDP in batches (recvmmsg, sendmmsg) and TCP, IPv4 and IPv6, on one asio loop.
// 1. A reply leaves from the address the request came to: wildcard sockets use IP_PKTINFO / IPV6_RECVPKTINFO.
// 2. Bounded: connections in all and for each source address, bytes unsent for each connection, message size, and
//    idle and first-message time. What is over a bound is closed and counted; nothing else suffers.
// SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sip/flow.hpp"

namespace sip {

struct Listen {
    Transport transport = Transport::udp;
    Endpoint endpoint;  // port 0: any free one
};

struct TransportLimits {
    std::size_t connections = 4096;
    std::size_t connections_per_source = 64;  // IPv6: by /64
    std::size_t unsent_bytes = 256 * 1024;
    std::chrono::seconds first_message{10};
    std::chrono::seconds idle{3600};
};

struct TransportCounters {
    std::uint64_t datagrams_in = 0, datagrams_out = 0, datagrams_dropped = 0;
    std::uint64_t connections_accepted = 0, connections_refused = 0, connections_closed_bad = 0;
    std::size_t connections_open = 0;
};

class Transports {
public:
    struct Handler {
        std::function<void(const Flow&, std::string_view message)> on_message;
        std::function<void(const Flow&, std::string_view header)> on_broken_stream;  // then it is closed
    };
    /// Binds everything at once; throws std::system_error with the endpoint in what() when one cannot be bound.
    Transports(asio::io_context& loop, const std::vector<Listen>& listen, Handler handler, TransportLimits limits = {});
    ~Transports();
    Transports(const Transports&) = delete;  // pending reads point back here
    Transports& operator=(const Transports&) = delete;

    /// UDP: queued, flushed by one sendmmsg at the end of the loop turn. TCP: queued on the connection; a connection
    /// that is gone drops it (counted).
    void send(const Flow& flow, std::string bytes);
    void close(const Flow& flow);
    [[nodiscard]] std::vector<Listen> bound() const;  // with the ports that were chosen
    [[nodiscard]] TransportCounters counters() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sip
