// node/reach/upnp_pinholes.hpp - how a router that speaks UPnP IGD 2 is asked to let calls through its IPv6
// firewall, and which of its holes are ours.
// 1. A hole is renewed by its name; one that is gone, or is another machine's by now, is made anew.
// 2. Each has an end: what is not renewed closes by itself, whatever becomes of us.
// A core; worker thread.
#pragma once

#include <map>
#include <vector>

#include "node/reach/upnp_services.hpp"

namespace node {

class UpnpPinholes {
public:
    /// REQUIRES: over IPv6. `speaks`: false when an answer was missing.
    [[nodiscard]] MappingAnswer answer(FirewallControl& control, const MappingRequest& request);
    /// Those that could not be ended: nobody answered.
    [[nodiscard]] std::vector<MappingEnd> end(FirewallControl& control, const std::vector<MappingEnd>& ends);
    /// Of another router.
    void forget() { names_.clear(); }

private:
    /// Nothing: no answer came.
    [[nodiscard]] std::optional<MappingGrant> ask(FirewallControl& control, const MappingWish& wish,
                                                  const MappingRequest& request);
    [[nodiscard]] std::optional<MappingGrant> add(FirewallControl& control, const InnerPort& inner,
                                                  const MappingRequest& request);

    std::map<InnerPort, std::string> names_;
};

}  // namespace node
