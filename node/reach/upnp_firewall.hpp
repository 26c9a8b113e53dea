// node/reach/upnp_firewall.hpp - the IPv6 firewall of a router that describes itself over UPnP (miniupnpc,
// IGD 2): searched for, read, asked. Over IPv6, since a router should make a hole only for the address that
// asks (IGD 2). Blocks. Believed is only who describes himself from the default route's machine. Worker
// thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/reach/upnp_pinholes.hpp"

namespace node {

class UpnpFirewall {
public:
    // Twice, for two groups; it stands on this very link.
    static constexpr auto search_time = std::chrono::milliseconds(1000);

    UpnpFirewall() = default;
    UpnpFirewall(const UpnpFirewall&) = delete;  // as UpnpIgd
    UpnpFirewall& operator=(const UpnpFirewall&) = delete;

    [[nodiscard]] MappingAnswer answer(const MappingRequest& request);
    /// Those that could not be ended: nobody answered.
    [[nodiscard]] std::vector<MappingEnd> end(const Gateway& gateway, const std::vector<MappingEnd>& ends);

private:
    [[nodiscard]] bool find(const Gateway& gateway);
    void read(const char* description_url);
    [[nodiscard]] std::string why_not(std::string_view url) const;

    Gateway gateway_;
    std::unique_ptr<FirewallControl> control_;
    UpnpPinholes pinholes_;
    std::string complaint_;  // about who offered it and was not believed
};

}  // namespace node
