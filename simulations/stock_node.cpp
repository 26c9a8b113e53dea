// simulations/stock_node.cpp - dht::Dht with its defaults.
#include "simulations/stock_node.hpp"

#include <opendht/dht.h>

#include <algorithm>

#include "simulations/dht_socket.hpp"

namespace simulations {
namespace {

dht::InfoHash to_hash(const overlay::Location& location) {
    return {location.data(), location.size()};
}

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
    auto socket = dht_socket(address, [&world, address](const Endpoint& to, crypto::ByteView datagram) {
        return world.send(address, to, datagram);
    });
    impl_->core = std::make_unique<dht::Dht>(std::move(socket), config, std::shared_ptr<dht::Logger>{});
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
    const auto wake = impl_->wake + std::chrono::microseconds(1);  // overlay/README.md, "Stepped, not run"
    return connected() || impl_->bootstrap.empty() ? wake : std::min(wake, impl_->ask_at);
}

void StockNode::put(const overlay::Location& location, std::uint16_t type, std::uint64_t id,
                    crypto::ByteView data) {
    impl_->core->put(to_hash(location), std::make_shared<dht::Value>(type, data.data(), data.size(), id),
                     dht::DoneCallback{}, dht::time_point::max(), false);
    impl_->wake = impl_->world.visit(impl_->address).steady;
}

void StockNode::get(const overlay::Location& location, std::function<void()> found) {
    impl_->core->get(to_hash(location), dht::GetCallback([found = std::move(found)](const auto& values) {
                         for (std::size_t i = 0; i < values.size(); ++i)
                             found();
                         return true;
                     }),
                     dht::DoneCallback{});
    impl_->wake = impl_->world.visit(impl_->address).steady;
}

void StockNode::listen(const overlay::Location& location) {
    (void)impl_->core->listen(to_hash(location), dht::GetCallback([](const auto&) { return true; }));
    impl_->wake = impl_->world.visit(impl_->address).steady;
}

std::size_t StockNode::holds(const overlay::Location& location) const {
    return impl_->core->getLocal(to_hash(location)).size();
}

bool StockNode::connected() const {
    return impl_->core->getStatus() == dht::NodeStatus::Connected;
}

}  // namespace simulations
