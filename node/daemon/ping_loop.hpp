// node/daemon/ping_loop.hpp - pings over the node's own sockets: the connections that calls use. SIP loop
// only.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "node/probe/pings.hpp"
#include "node/wake_timer.hpp"
#include "sip/output.hpp"

namespace node {

class PingLoop {
public:
    using Done = std::function<void(const std::vector<PingedWay>&)>;

    /// Borrows the output.
    PingLoop(asio::io_context& loop, sip::Output& output);
    PingLoop(const PingLoop&) = delete;  // the timer points back here
    PingLoop& operator=(const PingLoop&) = delete;

    /// Calls `done` once, perhaps before returning; not after this is gone. With no ways, or when too many
    /// pings are under way, at once and with nothing answered.
    void ping(std::vector<PingWay> ways, Done done);
    /// True: the message was for a ping.
    [[nodiscard]] bool received(const sip::Flow& flow, std::string_view message);
    void flow_failed(const sip::Flow& flow);

private:
    void settle();

    sip::Output& output_;
    Pings pings_;
    std::map<Pings::Id, Done> waiting_;
    Pings::Id last_id_ = 0;
    WakeTimer timer_;
};

}  // namespace node
