// overlay/listener.hpp - what the overlay tells without being asked.
#pragma once

#include <vector>

#include "overlay/call_back.hpp"
#include "overlay/overlay_status.hpp"
#include "overlay/seen_addresses.hpp"
#include "overlay/village/neighbours.hpp"

namespace overlay {

/// Called on the loop of who has asked to be told (Client::listen), or on the overlay's (Overlay::listen);
/// never inside a call of his.
class Listener {
public:
    virtual ~Listener() = default;
    /// Somebody wishes to be called; promise_call_back() is due.
    virtual void call_back_wished(const CallBackWish& wish) = 0;
    /// A node has answered, for the first time, that may be asked to call back.
    virtual void met(const asio::ip::address& node) = 0;
    /// Other nodes see us at another address than before: all that are seen.
    virtual void seen_changed(std::vector<SeenAddress> seen) = 0;
    /// Another machine is found to write as this node does.
    virtual void identity_shared(const SharedIdentity& shared) = 0;
    /// Neighbours have come or gone, or say something else: all of them.
    virtual void neighbours_changed(std::vector<Neighbour> neighbours) = 0;
};

}  // namespace overlay
