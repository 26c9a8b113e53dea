// node/daemon/overlay_news.hpp - what the overlay tells without being asked, and who of the SIP loop hears
// it. SIP loop only.
#pragma once

#include "node/daemon/call_routes.hpp"
#include "node/daemon/witness_search.hpp"
#include "node/reach/own_addresses.hpp"
#include "node/reach/reachability_loop.hpp"
#include "overlay/client.hpp"
#include "overlay/listener.hpp"

namespace node {

class OverlayNews final : public overlay::Listener {
public:
    /// All borrowed, but for the client.
    struct Parts {
        overlay::Client overlay;
        CallRoutes& routes;
        OwnAddresses& own;
        ReachabilityLoop& reach;
        WitnessSearch& witnesses;
    };
    explicit OverlayNews(Parts parts) : parts_(std::move(parts)) {}

    void call_back_wished(const overlay::CallBackWish& wish) override;
    void met(const asio::ip::address& node) override;
    void seen_changed(std::vector<overlay::SeenAddress> seen) override;
    void identity_shared(const overlay::SharedIdentity& shared) override;
    void neighbours_changed(std::vector<overlay::Neighbour> neighbours) override;

private:
    const Parts parts_;
};

}  // namespace node
