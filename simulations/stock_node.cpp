// simulations/stock_node.cpp - dht::Dht with its defaults.
#include "simulations/stock_node.hpp"

#include <opendht/dht.h>

#include <algorithm>
#include <cstring>

namespace simulations {
namespace {

dht::SockAddr to_dht(const Endpoint& endpoint) {
    return {endpoint.data(), static_cast<socklen_t>(endpoint.size())};
}

dht::InfoHash to_hash(const overlay::Location& location) {
    return {location.data(), location.size()};
}

class Link final : public dht::net::DatagramSocket {
public:
    Link(World& world, const Endpoint& address) : world_(world), address_(address) {}

    int sendTo(const dht::SockAddr& to, const uint8_t* data, size_t size, bool /*replied*/) override {
        Endpoint endpoint;
        std::memcpy(endpoint.data(), to.get(), to.getLength());
        endpoint.resize(to.getLength());
        if (endpoint.protocol() != address_.protocol()) return EAFNOSUPPORT;
        return world_.send(address_, endpoint, {data, size});
    }
    bool hasIPv4() const override { return true; }
    bool hasIPv6() const override { return true; }
    const dht::SockAddr& getBoundRef(sa_family_t /*family*/) const override { return nowhere_; }
    std::vector<dht::SockAddr> resolve(const std::string& /*host*/, const std::string& /*port*/) override {
        return {};
    }
    void stop() override {}

private:
    World& world_;
    Endpoint address_;
    dht::SockAddr nowhere_;
};

}  // namespace

struct StockNode::Impl {
    World& world;
    Endpoint address;
    std::vector<Endpoint> bootstrap;
    std::unique_ptr<dht::Dht> core;
    TimePoint wake, ask_at;

    void periodic(crypto::ByteView datagram, const dht::SockAddr& from, Now now) {
        wake = core->periodic(datagram.data(), datagram.size(), from, now.steady);
        for (const auto family : {AF_INET, AF_INET6})
            core->updateStatus(static_cast<sa_family_t>(family));
    }
};

StockNode::StockNode(World& world, const Endpoint& address, std::uint32_t network,
                     const std::vector<Endpoint>& bootstrap)
    : impl_(std::make_unique<Impl>(Impl{world, address, bootstrap, {}, {}, {}})) {
    dht::Config config;
    config.network = network;
    world.roll({config.node_id.data(), config.node_id.size()});
    impl_->core = std::make_unique<dht::Dht>(std::make_unique<Link>(world, address), config,
                                             std::shared_ptr<dht::Logger>{});
    world.move_in(address, *this);
}

StockNode::~StockNode() {
    impl_->world.move_out(impl_->address);
}

void StockNode::receive(const Endpoint& from, crypto::ByteView datagram, Now now) {
    impl_->periodic(datagram, to_dht(from), now);
}

void StockNode::step(Now now) {
    if (!connected() && impl_->ask_at <= now.steady) {
        for (const auto& host : impl_->bootstrap)
            impl_->core->pingNode(to_dht(host));
        impl_->ask_at = now.steady + std::chrono::seconds(1);
    }
    impl_->periodic({}, {}, now);
}

TimePoint StockNode::next_wake() const {
    const auto wake = impl_->wake + std::chrono::microseconds(1);  // OPENDHT.md, "Stepping the core"
    return connected() || impl_->bootstrap.empty() ? wake : std::min(wake, impl_->ask_at);
}

void StockNode::put(const overlay::Location& location, std::uint16_t type, std::uint64_t id,
                    crypto::ByteView data) {
    impl_->core->put(to_hash(location), std::make_shared<dht::Value>(type, data.data(), data.size(), id),
                     dht::DoneCallback{}, dht::time_point::max(), false);
    impl_->wake = impl_->world.visit(impl_->address).steady;
}

std::size_t StockNode::holds(const overlay::Location& location) const {
    return impl_->core->getLocal(to_hash(location)).size();
}

bool StockNode::connected() const {
    return impl_->core->getStatus() == dht::NodeStatus::Connected;
}

}  // namespace simulations
