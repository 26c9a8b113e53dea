// overlay/posted_listener.hpp - what the overlay tells, told on another loop.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>
#include <memory>
#include <utility>

#include "overlay/listener.hpp"

namespace overlay {

/// Any thread may call it. `to` is called by `executor`, in the order of calls, and not once it is gone.
class PostedListener final : public Listener {
public:
    PostedListener(asio::any_io_executor executor, std::weak_ptr<Listener> to)
        : executor_(std::move(executor)), to_(std::move(to)) {}

    void call_back_wished(const CallBackWish& wish) override {
        tell([wish](Listener& to) { to.call_back_wished(wish); });
    }
    void met(const asio::ip::address& node) override {
        tell([node](Listener& to) { to.met(node); });
    }
    void seen_changed(std::vector<SeenAddress> seen) override {
        tell([seen = std::move(seen)](Listener& to) { to.seen_changed(seen); });
    }
    void identity_shared(const SharedIdentity& shared) override {
        tell([shared](Listener& to) { to.identity_shared(shared); });
    }
    void neighbours_changed(std::vector<Neighbour> neighbours) override {
        tell([neighbours = std::move(neighbours)](Listener& to) { to.neighbours_changed(neighbours); });
    }

private:
    template <typename Tell>
    void tell(Tell what) const {
        asio::post(executor_, [weak = to_, what = std::move(what)] {
            if (const auto to = weak.lock()) what(*to);
        });
    }

    asio::any_io_executor executor_;
    std::weak_ptr<Listener> to_;
};

}  // namespace overlay
