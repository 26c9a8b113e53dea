// overlay/udp_link.cpp - binds, drains in bounded turns, sends without waiting.
#include "overlay/udp_link.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <asio/ip/v6_only.hpp>
#include <chrono>
#include <system_error>

namespace overlay {
namespace {

using asio::ip::udp;

// Then other work of the loop has its turn, however much each datagram costs.
constexpr int datagrams_per_turn = 64;
constexpr std::chrono::milliseconds turn{5};

// RFC 5014 §5. As in linux/in6.h, which does not stand beside netinet/in.h.
constexpr int address_preferences = 72, prefer_public = 0x0002, prefer_either = 0x0100;

void prefer(int socket, int which) {
    (void)::setsockopt(socket, IPPROTO_IPV6, address_preferences, &which, sizeof which);
}

}  // namespace

UdpLink::UdpLink(asio::io_context& loop, const std::vector<udp::endpoint>& listen, Receive receive)
    : receive_(std::move(receive)) {
    std::error_code problem;
    for (const auto& endpoint : listen) {
        try {
            open(loop, endpoint);
        } catch (const std::system_error& error) {
            problem = error.code();  // a machine without IPv6 still has IPv4
        }
    }
    if (sockets_.empty() && !listen.empty()) throw std::system_error(problem, "no DHT address can be bound");
}

UdpLink::~UdpLink() = default;

void UdpLink::open(asio::io_context& loop, const udp::endpoint& endpoint) {
    auto entry = std::make_unique<Socket>(Socket{udp::socket(loop, endpoint.protocol()), {}, {}});
    auto& socket = entry->socket;
    if (endpoint.address().is_v6()) socket.set_option(asio::ip::v6_only(true));
    asio::error_code ignored;
    socket.set_option(asio::socket_base::receive_buffer_size(1 << 20), ignored);
    asio::error_code taken;
    socket.bind(endpoint, taken);
    if (taken == asio::error::address_in_use) {
        socket.bind({endpoint.address(), 0});
    } else if (taken) {
        throw std::system_error(taken);
    }
    socket.non_blocking(true);
    sockets_.push_back(std::move(entry));
}

void UdpLink::start() {
    for (const auto& socket : sockets_)
        wait(*socket);
}

void UdpLink::wait(Socket& socket) {
    socket.socket.async_wait(udp::socket::wait_read,
                             alive_.guard([this, &socket](const asio::error_code& error) {
                                 if (error) return;
                                 drain(socket);
                                 wait(socket);
                             }));
}

void UdpLink::drain(Socket& socket) {
    const auto until = std::chrono::steady_clock::now() + turn;
    for (int i = 0; i < datagrams_per_turn && std::chrono::steady_clock::now() < until; ++i) {
        asio::error_code error;
        const auto size = socket.socket.receive_from(asio::buffer(socket.buffer), socket.from, 0, error);
        if (error == asio::error::would_block) return;
        if (error) continue;  // an ICMP error of an earlier send: not this socket's end
        ++packets_in;
        bytes_in += size;
        receive_(socket.from, {socket.buffer.data(), size});
    }
}

int UdpLink::send(const udp::endpoint& to, crypto::ByteView datagram, From from) {
    for (const auto& entry : sockets_) {
        if (entry->socket.local_endpoint().protocol() != to.protocol()) continue;
        asio::error_code error;
        const bool chosen = from == From::lasting && to.address().is_v6();
        if (chosen) prefer(entry->socket.native_handle(), prefer_public);
        entry->socket.send_to(asio::buffer(datagram.data(), datagram.size()), to, 0, error);
        if (chosen) prefer(entry->socket.native_handle(), prefer_either);
        if (error) return error.value();
        ++packets_out;
        bytes_out += datagram.size();
        return 0;
    }
    return static_cast<int>(std::errc::address_family_not_supported);
}

std::vector<udp::endpoint> UdpLink::bound() const {
    std::vector<udp::endpoint> endpoints;
    endpoints.reserve(sockets_.size());
    for (const auto& entry : sockets_)
        endpoints.push_back(entry->socket.local_endpoint());
    return endpoints;
}

}  // namespace overlay
