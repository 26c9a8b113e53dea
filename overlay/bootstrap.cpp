// overlay/bootstrap.cpp - asks every second while lonely, then seldom (core.hpp: pause_after).
#include "overlay/bootstrap.hpp"

#include "overlay/core.hpp"

namespace overlay {
namespace {

using asio::ip::udp;

constexpr std::chrono::seconds look{2};  // how soon it is noticed that we are lonely again

}  // namespace

Bootstrap::Bootstrap(asio::io_context& loop, const std::vector<std::string>& hosts,
                     std::function<bool()> lonely, std::function<void(const udp::endpoint&)> found)
    : lonely_(std::move(lonely)), found_(std::move(found)), resolver_(loop), timer_(loop) {
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
            resolver_.async_resolve(host.name, host.port,
                                    alive_.guard([this](const asio::error_code& error,
                                                        const udp::resolver::results_type& results) {
                                        if (error) return;  // an unknown name is asked again after the pause
                                        for (const auto& result : results)
                                            found_(result.endpoint());
                                    }));
        }
        timer_.expires_after(pause_after(tries_++));
    } else {
        tries_ = 0;
        timer_.expires_after(look);
    }
    timer_.async_wait(alive_.guard([this](const asio::error_code& error) {
        if (!error) ask();
    }));
}

}  // namespace overlay
