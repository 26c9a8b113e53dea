// overlay/bootstrap.cpp - asks at 0, 0.5, 1, 2 ... 30 s while lonely, and from 0.5 s again when lonely once
// more.
#include "overlay/bootstrap.hpp"

#include <algorithm>

namespace overlay {
namespace {

using asio::ip::udp;

constexpr std::chrono::milliseconds first_pause{500};
constexpr std::chrono::milliseconds last_pause{
    30'000};  // a laptop that wakes up is back within half a minute

}  // namespace

Bootstrap::Bootstrap(asio::io_context& loop, const std::vector<std::string>& hosts,
                     std::function<bool()> lonely, std::function<void(const udp::endpoint&)> found)
    : lonely_(std::move(lonely)),
      found_(std::move(found)),
      resolver_(loop),
      timer_(loop),
      pause_(first_pause) {
    for (std::string_view host : hosts) {
        std::string_view port = "4222";
        const auto colon = host.rfind(':');
        // A bare IPv6 address has several colons and no brackets: no port.
        const bool has_port = colon != std::string_view::npos &&
                              (host.find(':') == colon || (host.starts_with('[') && host[colon - 1] == ']'));
        if (has_port) {
            port = host.substr(colon + 1);
            host = host.substr(0, colon);
        }
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        hosts_.push_back({std::string(host), std::string(port)});
    }
}

void Bootstrap::start() {
    ask();
}

void Bootstrap::ask() {
    if (lonely_()) {
        for (const auto& host : hosts_) {
            resolver_.async_resolve(
                host.name, host.port,
                [this](const asio::error_code& error, const udp::resolver::results_type& results) {
                    if (error) return;  // asked again after the pause
                    for (const auto& result : results)
                        found_(result.endpoint());
                });
        }
        timer_.expires_after(pause_);
        pause_ = std::min(pause_ * 2, last_pause);
    } else {
        pause_ = first_pause;
        timer_.expires_after(std::chrono::seconds(5));
    }
    timer_.async_wait([this](const asio::error_code& error) {
        if (!error) ask();
    });
}

}  // namespace overlay
