// simulations/dht_socket.cpp - datagrams go to a function.
#include "simulations/dht_socket.hpp"

#include <opendht/network_utils.h>

#include <cerrno>
#include <cstring>

namespace simulations {
namespace {

using Send = std::function<int(const Endpoint& to, crypto::ByteView datagram)>;

class DhtSocket final : public dht::net::DatagramSocket {
public:
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

}  // namespace

dht::SockAddr to_dht(const Endpoint& endpoint) {
    return {endpoint.data(), static_cast<socklen_t>(endpoint.size())};
}

std::unique_ptr<dht::net::DatagramSocket> dht_socket(const Endpoint& here, Send send) {
    return std::make_unique<DhtSocket>(here, std::move(send));
}

}  // namespace simulations
