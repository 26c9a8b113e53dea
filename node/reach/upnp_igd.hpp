// node/reach/upnp_igd.hpp - a router that describes itself over UPnP (miniupnpc): searched for, read, asked.
// Blocks. Anything in the house may answer a search: only what describes itself from the router's own address
// is believed. Worker thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "node/reach/upnp_rules.hpp"

namespace node {

class UpnpIgd {
public:
    static constexpr auto search_time = std::chrono::milliseconds(2000);  // as UPnP's MX of 2 s

    UpnpIgd() = default;
    UpnpIgd(const UpnpIgd&) = delete;  // its connections point to their descriptions
    UpnpIgd& operator=(const UpnpIgd&) = delete;

    [[nodiscard]] MappingAnswer answer(const MappingRequest& request);
    /// Those that could not be ended: nobody answered.
    [[nodiscard]] std::vector<MappingEnd> end(const Gateway& gateway, const std::vector<MappingEnd>& ends);

private:
    [[nodiscard]] bool find(const Gateway& gateway);
    void read(const char* description_url, const Gateway& gateway);
    void forget() { connection_.reset(); }

    Gateway gateway_;
    std::unique_ptr<WanConnection> connection_;  // the one that is in use
    std::vector<std::unique_ptr<WanConnection>> candidates_;
    std::string complaint_;  // about who offered it and was not believed
};

}  // namespace node
