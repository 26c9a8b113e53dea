// node/media/echo_driver.hpp - the echo's sockets: one on loopback where our own proxy calls it, and one a
// call for sound, which goes back to whom it comes from and to nobody else. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <map>
#include <memory>
#include <string>

#include "node/media/door_side.hpp"
#include "node/media/echo_calls.hpp"
#include "node/wake_timer.hpp"
#include "sip/alive.hpp"

namespace node {

class EchoDriver final : private EchoCalls::Ports {
public:
    /// Throws std::system_error when loopback has no port left.
    explicit EchoDriver(asio::io_context& loop);
    ~EchoDriver();
    EchoDriver(const EchoDriver&) = delete;  // what waits points back here
    EchoDriver& operator=(const EchoDriver&) = delete;

    [[nodiscard]] const sip::Endpoint& at() const noexcept { return at_; }

private:
    class Sound;
    [[nodiscard]] std::optional<sip::Endpoint> open(const std::string& call,
                                                    const sip::Endpoint& phone) override;
    void close(const std::string& call) override;
    void await();
    void receive();
    void send(const std::vector<EchoCalls::Send>& all);

    asio::io_context& loop_;
    asio::ip::udp::socket socket_;
    const sip::Endpoint at_;
    std::map<std::string, std::unique_ptr<Sound>> sounds_;  // by Call-ID
    EchoCalls calls_;
    WakeTimer timer_;
    sip::Alive alive_;
};

}  // namespace node
