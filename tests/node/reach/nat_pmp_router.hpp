// tests/node/reach/nat_pmp_router.hpp - a router on loopback that says over NAT-PMP what a test likes, byte
// by byte, and our socket before it, with libnatpmp. Shared by tests and by nat_pmp_fuzz.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <vector>

#include "node/reach/gateway_talk.hpp"
#include "node/reach/nat_pmp_socket.hpp"

namespace node {

class NatPmpRouter {
public:
    using Bytes = std::vector<std::uint8_t>;

    NatPmpRouter() {
        ours_.connect(router_.local_endpoint());
        router_.connect(ours_.local_endpoint());
        ours_.non_blocking(true);
        router_.non_blocking(true);
    }
    NatPmpRouter(const NatPmpRouter&) = delete;  // its sockets know each other
    NatPmpRouter& operator=(const NatPmpRouter&) = delete;

    /// What the router hears of it.
    Bytes ask(const NatPmpQuestion& question) {
        if (!socket_.send(question)) return {};
        Bytes heard(64);
        asio::error_code error;
        heard.resize(router_.receive(asio::buffer(heard), 0, error));
        return heard;
    }
    /// What comes of it at our end.
    NatPmpArrival say(const Bytes& datagram, const NatPmpQuestion& asked) {
        asio::error_code error;
        router_.send(asio::buffer(datagram), 0, error);
        return socket_.receive(asked);
    }
    /// Nothing is left in the socket.
    [[nodiscard]] bool all_read() { return ours_.available() == 0; }

private:
    using udp = asio::ip::udp;
    asio::io_context loop_;
    udp::socket router_{loop_, udp::endpoint(asio::ip::address_v4::loopback(), 0)};
    udp::socket ours_{loop_, udp::endpoint(asio::ip::address_v4::loopback(), 0)};
    NatPmpSocket socket_{ours_, asio::ip::address_v4::loopback()};
};

/// A datagram of this router's, as GatewayDriver would have it. REQUIRES: not ended, over NAT-PMP.
inline NatPmpArrival hear(GatewayTalk& talk, NatPmpRouter& router, const NatPmpRouter::Bytes& datagram,
                          GatewayTalk::Time now) {
    const auto came = router.say(datagram, *talk.nat_pmp_question());
    if (came.what == NatPmpArrival::What::answer) talk.received(came.answer, now);
    if (came.what == NatPmpArrival::What::other) talk.ignored();
    return came;
}

}  // namespace node
