// node/daemon/service_manager.hpp - tells whoever started us as a service (systemd, s6, a container's init)
// how it goes, by sd_notify(3)'s protocol: one datagram a message to $NOTIFY_SOCKET. Without that: nothing.
// The protocol is these few lines, and its manual asks those who need no more to write them themselves;
// libsystemd would bring three compressors and libgcrypt into the process that holds the seed.
#pragma once

#include <asio/io_context.hpp>
#include <asio/local/datagram_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace node {

/// On the loop that it is given. It waits for nobody: what the manager does not take at once is not said.
class ServiceManager {
public:
    using Round = std::function<void()>;

    /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment.
    explicit ServiceManager(asio::io_context& loop);

    [[nodiscard]] bool is_there() const noexcept { return to_.has_value(); }
    /// What starts after us may; a reload is done.
    void ready();
    void reloading();
    void stopping();
    /// The node works. `sentence`: how it goes, as `systemctl status` shows it.
    void alive(std::string_view sentence);
    /// Calls `round` when it is time for the next alive(): three times in what a watchdog grants, and no less
    /// than three times a minute. A round that never ends is never followed by another: the watchdog bites.
    void next(Round round);
    /// No more rounds.
    void cancel();

private:
    void send(std::string_view message);

    std::optional<asio::local::datagram_protocol::endpoint> to_;
    asio::local::datagram_protocol::socket socket_;
    asio::steady_timer timer_;
    std::chrono::microseconds every_ = std::chrono::seconds(20);
};

}  // namespace node
