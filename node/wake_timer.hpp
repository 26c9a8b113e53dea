// node/wake_timer.hpp - wakes a core at the moment it asked for. Of one loop.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "sip/alive.hpp"

namespace node {

class WakeTimer {
public:
    using Time = std::chrono::steady_clock::time_point;

    WakeTimer(asio::io_context& loop, std::function<void()> wake) : wake_(std::move(wake)), timer_(loop) {}
    WakeTimer(const WakeTimer&) = delete;  // what waits points back here
    WakeTimer& operator=(const WakeTimer&) = delete;

    /// At that moment or before. Early, when a core no longer wants what it asked for first: it then finds
    /// nothing to do and asks anew. Set at each message, the timer was a tenth of what a proxied call costs
    /// (timerfd_settime).
    void set(const std::optional<Time>& when) {
        if (!when || (armed_for_ && *armed_for_ <= *when)) return;
        armed_for_ = when;
        timer_.expires_at(*when);
        timer_.async_wait(alive_.guard([this](const asio::error_code& cancelled) {
            if (cancelled) return;
            armed_for_.reset();
            const auto wake = wake_;  // it may destroy us
            wake();
        }));
    }

private:
    const std::function<void()> wake_;
    asio::steady_timer timer_;
    std::optional<Time> armed_for_;
    sip::Alive alive_;
};

}  // namespace node
