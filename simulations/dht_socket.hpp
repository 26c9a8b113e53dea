// simulations/dht_socket.hpp - OpenDHT's idea of a socket, for who steps dht::Dht without overlay::DhtNode.
#pragma once

#include <opendht/network_utils.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "crypto/bytes.hpp"
#include "simulations/network.hpp"

namespace simulations {

inline dht::SockAddr to_dht(const Endpoint& endpoint) {
    return {endpoint.data(), static_cast<socklen_t>(endpoint.size())};
}

class DhtSocket final : public dht::net::DatagramSocket {
public:
    using Send = std::function<int(const Endpoint& to, crypto::ByteView datagram)>;

    /// Nothing is sent to another family than `here`'s. `send` returns 0 or an errno.
    DhtSocket(const Endpoint& here, Send send) : here_(here), send_(std::move(send)) {}

    int sendTo(const dht::SockAddr& to, const uint8_t* data, size_t size, bool /*replied*/) override {
        Endpoint endpoint;
        std::memcpy(endpoint.data(), to.get(), to.getLength());
        endpoint.resize(to.getLength());
        if (endpoint.protocol() != here_.protocol()) return EAFNOSUPPORT;
        return send_(endpoint, {data, size});
    }
    bool hasIPv4() const override { return true; }
    bool hasIPv6() const override { return true; }
    const dht::SockAddr& getBoundRef(sa_family_t /*family*/) const override { return nowhere_; }
    std::vector<dht::SockAddr> resolve(const std::string& /*host*/, const std::string& /*port*/) override {
        return {};
    }
    void stop() override {}

private:
    Endpoint here_;
    Send send_;
    dht::SockAddr nowhere_;
};

}  // namespace simulations
