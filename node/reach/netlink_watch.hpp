// node/reach/netlink_watch.hpp - tells when this machine's addresses, interfaces or routes change
// (rtnetlink(7)). A notice only says that something has changed: the whole is then read anew, after a short
// pause, as one change of network comes as a dozen notices. So a lost notice (ENOBUFS) costs nothing either.
// SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "node/reach/network_view.hpp"
#include "sip/alive.hpp"

namespace node {

class NetlinkWatch {
public:
    /// Without a netlink socket (a sandbox) it only looks every 30 s.
    NetlinkWatch(asio::io_context& loop, std::function<void(NetworkView)> on_change);
    NetlinkWatch(const NetlinkWatch&) = delete;  // pending waits point back here
    NetlinkWatch& operator=(const NetlinkWatch&) = delete;
    ~NetlinkWatch() = default;

    /// As of the constructor, or of the last on_change.
    [[nodiscard]] const NetworkView& view() const noexcept { return view_; }

private:
    void wait();
    void look_in(std::chrono::milliseconds pause);

    std::function<void(NetworkView)> on_change_;
    asio::posix::stream_descriptor notices_;
    asio::steady_timer timer_;
    bool soon_ = false;  // the timer stands for a notice
    NetworkView view_;
    std::chrono::steady_clock::time_point read_at_{};
    sip::Alive alive_;
};

}  // namespace node
