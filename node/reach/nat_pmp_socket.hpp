// node/reach/nat_pmp_socket.hpp - libnatpmp on a socket of ours: it writes the questions and reads the
// answers, no more.
// 1. Nothing is shown to it that has not been looked at while it was still in the socket (answers(),
//    nat_pmp.hpp); all else is read away.
// 2. It never waits, and repeats nothing: when, gateway_talk says.
// Borrows the socket. SIP loop only.
#pragma once

#include <natpmp.h>

#include <asio/ip/udp.hpp>

#include "node/reach/nat_pmp.hpp"

namespace node {

/// What was next in the socket.
struct NatPmpArrival {
    enum class What : std::uint8_t {
        nothing,
        other,   // no answer to what was asked: read away
        answer,  // libnatpmp has read it
        nobody,  // listens there (ICMP)
    };
    What what = What::nothing;
    NatPmpAnswer answer;
};

class NatPmpSocket {
public:
    /// `socket`: non-blocking, and connected to the router, whose IPv4 address is `router`.
    NatPmpSocket(asio::ip::udp::socket& socket, const asio::ip::address_v4& router);

    /// False: nobody listens there. What cannot be sent else is repeated like what is lost.
    [[nodiscard]] bool send(const NatPmpQuestion& question);
    /// `asked`: what was sent last, and not answered yet.
    [[nodiscard]] NatPmpArrival receive(const NatPmpQuestion& asked);

private:
    asio::ip::udp::socket& socket_;
    natpmp_t library_{};
};

}  // namespace node
