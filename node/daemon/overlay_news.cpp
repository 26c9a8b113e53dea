// node/daemon/overlay_news.cpp - each piece of news to whom it concerns.
#include "node/daemon/overlay_news.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "node/clock.hpp"
#include "node/status/node_status.hpp"

namespace node {

void OverlayNews::call_back_wished(const overlay::CallBackWish& wish) {
    parts_.overlay.promise_call_back(wish, parts_.reach.called_upon(wish));
}

void OverlayNews::met(const asio::ip::address& node) {
    parts_.reach.met(node);
}

void OverlayNews::seen_changed(std::vector<overlay::SeenAddress> seen) {
    std::vector<asio::ip::address> at;
    at.reserve(seen.size());
    for (const auto& each : seen)
        at.push_back(each.address);
    parts_.own.set_seen(std::move(at));
    parts_.reach.seen(std::move(seen));
    parts_.witnesses.look();
}

void OverlayNews::identity_shared(const overlay::SharedIdentity& shared) {
    spdlog::warn("dht: {}", shared_sentence(shared, wall_now()));
}

void OverlayNews::neighbours_changed(std::vector<overlay::Neighbour> neighbours) {
    parts_.routes.set_neighbours(std::move(neighbours));
}

}  // namespace node
