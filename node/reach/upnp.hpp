// node/reach/upnp.hpp - asks a router over UPnP IGD (miniupnpc). That library blocks, so it has a thread of
// its own; answers are posted to the SIP loop. Anything in the house may answer a search: only what describes
// itself from the router's own address is believed.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "node/reach/mapping_request.hpp"

namespace node {

/// SIP loop only.
class Upnp {
public:
    static constexpr auto search_time = std::chrono::milliseconds(2000);  // as UPnP's MX of 2 s
    /// What destruction waits for at most: the thread is then left to itself, and touches nothing of ours.
    static constexpr auto farewell = std::chrono::milliseconds(800);

    /// No thread runs before the first request.
    explicit Upnp(asio::io_context& loop);
    ~Upnp();
    Upnp(const Upnp&) = delete;  // the thread is one
    Upnp& operator=(const Upnp&) = delete;

    /// Calls `done` once, from the loop, unless this is destroyed before.
    void start(MappingRequest request, std::function<void(MappingAnswer)> done);
    /// Ends mappings, inner and outer port each; nobody is told how that went.
    void end_mappings(const Gateway& gateway, std::vector<std::pair<InnerPort, std::uint16_t>> ports);

private:
    struct Worker;
    std::shared_ptr<Worker> worker_;
};

}  // namespace node
