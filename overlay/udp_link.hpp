// overlay/udp_link.hpp - the DHT's UDP sockets on an asio loop: one of each family at most.
// Overlay loop only.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "crypto/bytes.hpp"
#include "overlay/alive.hpp"

namespace overlay {

class UdpLink {
public:
    using Receive = std::function<void(const asio::ip::udp::endpoint& from, crypto::ByteView datagram)>;

    /// A port that is taken is exchanged for any free one; throws std::system_error when nothing can be
    /// bound.
    UdpLink(asio::io_context& loop, const std::vector<asio::ip::udp::endpoint>& listen, Receive receive);
    ~UdpLink();
    UdpLink(const UdpLink&) = delete;  // pending reads point back here
    UdpLink& operator=(const UdpLink&) = delete;

    void start();
    /// `lasting`: not from a temporary address of IPv6 (RFC 8981), when there is another.
    enum class From : std::uint8_t { any, lasting };
    /// 0 or an errno; a datagram that the kernel has no room for is lost, as UDP may.
    int send(const asio::ip::udp::endpoint& to, crypto::ByteView datagram, From from = From::any);
    [[nodiscard]] std::vector<asio::ip::udp::endpoint> bound() const;

    std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;

private:
    struct Socket {
        asio::ip::udp::socket socket;
        asio::ip::udp::endpoint from;
        std::array<std::uint8_t, 65536> buffer;
    };
    void open(asio::io_context& loop, const asio::ip::udp::endpoint& endpoint);
    void wait(Socket& socket);
    void drain(Socket& socket);

    Receive receive_;
    std::vector<std::unique_ptr<Socket>> sockets_;
    Alive alive_;  // a wait may be queued when we go
};

}  // namespace overlay
