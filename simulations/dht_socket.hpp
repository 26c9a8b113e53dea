// simulations/dht_socket.hpp - OpenDHT's idea of a socket, for who steps dht::Dht without overlay::DhtNode.
#pragma once

#include <functional>
#include <memory>

#include "crypto/bytes.hpp"
#include "simulations/network.hpp"

namespace dht {
class SockAddr;
namespace net {
class DatagramSocket;
}
}  // namespace dht

namespace simulations {

dht::SockAddr to_dht(const Endpoint& endpoint);

/// Nothing is sent to another family than `here`'s. `send` returns 0 or an errno.
std::unique_ptr<dht::net::DatagramSocket> dht_socket(
    const Endpoint& here, std::function<int(const Endpoint& to, crypto::ByteView datagram)> send);

}  // namespace simulations
