// node/page/http_driver.hpp - HTTP/1.1 between browsers and PageFront, by libmicrohttpd: it reads and writes,
// on sockets that it is given (no listener, no thread, no TLS of its own), whenever this loop says that they
// are ready. Bounded: connections in all (PageCrowd: who makes room) and of one address, header, form
// (PageFront), forms under way together, idle time, who waits for events. What is beyond is closed or
// refused, and counted. Page loop only.
#pragma once

#include <asio/io_context.hpp>
#include <memory>

#include "node/page/live_changes.hpp"
#include "node/page/page_front.hpp"
#include "sip/flow.hpp"

namespace node {

class HttpDriver {
public:
    static constexpr unsigned most_of_one_address = 24;
    static constexpr unsigned idle_s = 15;                              // without a byte, either way
    static constexpr std::size_t header_size = std::size_t{16} * 1024;  // a request's, with its answer's
    static constexpr std::size_t most_forms = std::size_t{24} * 1024 * 1024;  // of all that are under way

    /// Borrows all; `most` connections. Throws std::runtime_error: the library cannot be started.
    HttpDriver(asio::io_context& loop, PageFront& front, LiveChanges& live, unsigned most);
    ~HttpDriver();
    HttpDriver(const HttpDriver&) = delete;  // the library points back here
    HttpDriver& operator=(const HttpDriver&) = delete;

    /// The descriptor is the library's from now on; it is closed if nobody makes room.
    void adopt(int descriptor, const sip::Endpoint& peer);
    /// Whoever waits for LiveChanges looks again.
    void changed();
    [[nodiscard]] std::size_t listeners() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace node
