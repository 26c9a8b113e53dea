// overlay/bootstrap.hpp - finds a first DHT node to talk to: host names resolved without blocking, again and
// again while we know nobody. Overlay loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <string>
#include <vector>

#include "overlay/alive.hpp"

namespace overlay {

class Bootstrap {
public:
    /// `hosts` are "host:port" or "[v6]:port"; what has no port gets 4222. `lonely` says whether to go on
    /// trying.
    Bootstrap(asio::io_context& loop, const std::vector<std::string>& hosts, std::function<bool()> lonely,
              std::function<void(const asio::ip::udp::endpoint&)> found);
    void start();

private:
    struct Host {
        std::string name, port;
    };
    void ask();

    std::vector<Host> hosts_;
    std::function<bool()> lonely_;
    std::function<void(const asio::ip::udp::endpoint&)> found_;
    asio::ip::udp::resolver resolver_;
    asio::steady_timer timer_;
    unsigned tries_ = 0;  // since we became lonely
    Alive alive_;         // handlers may be queued when we go
};

}  // namespace overlay
