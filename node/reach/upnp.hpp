// node/reach/upnp.hpp - asks a router over UPnP IGD (upnp_igd.hpp; over IPv6 upnp_firewall.hpp). That blocks,
// so each has a thread of its own: one whom nobody answers over IPv4 searches for 12 s. Answers are posted to
// the SIP loop.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "node/reach/mapping_request.hpp"

namespace node {

/// SIP loop only.
class Upnp {
public:
    /// What destruction waits for at most while the router answers, and for its next answer: a thread is then
    /// left to itself, and touches nothing of ours.
    static constexpr auto farewell = std::chrono::milliseconds(1400);
    static constexpr auto patience = std::chrono::milliseconds(800);

    /// No thread runs before the first request.
    explicit Upnp(asio::io_context& loop);
    ~Upnp();
    Upnp(const Upnp&) = delete;  // its threads know one
    Upnp& operator=(const Upnp&) = delete;

    /// Calls `done` once, from the loop, unless this is destroyed before.
    void start(MappingRequest request, std::function<void(MappingAnswer)> done);
    /// Ends mappings that are ours still, in this order. `done` is told which could not be ended: from the
    /// first one on for which nobody answered.
    void end_mappings(const Gateway& gateway, std::vector<MappingEnd> ends,
                      std::function<void(std::vector<MappingEnd>)> done);

private:
    struct Worker;
    [[nodiscard]] Worker& worker_for(const Gateway& gateway);
    std::shared_ptr<Worker> v4_, v6_;
};

}  // namespace node
