// node/daemon/overlay_loop.cpp - configures the overlay.
#include "node/daemon/overlay_loop.hpp"

namespace node {
namespace {

overlay::OverlayConfig overlay_config(const Config& config) {
    overlay::OverlayConfig c;
    c.network = config.dht.network;
    c.bootstrap = config.dht.bootstrap;
    for (const auto& endpoint : config.dht.listen)
        c.listen.emplace_back(endpoint.address, endpoint.port);
    c.locations = config.dht.locations;
    c.mesh = config.mesh_prefixes;
    c.slot = config.dht.slot;
    return c;
}

}  // namespace

OverlayLoop::OverlayLoop(asio::io_context& loop, const Config& config, const StatePaths& paths,
                         const crypto::Identity& identity)
    : database_(paths.database, Durability::power_loss),
      memory_(database_, config.dht.network),
      overlay_(loop, overlay_config(config), identity, memory_) {
    database_.wait_at_most(loop_patience);
}

std::set<std::uint16_t> OverlayLoop::ports() const {
    std::set<std::uint16_t> ports;
    for (const auto& endpoint : overlay_.status().listening) {
        if (endpoint.address().is_v4()) ports.insert(endpoint.port());
    }
    return ports;
}

}  // namespace node
