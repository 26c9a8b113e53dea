// node/media/echo_driver.cpp - sockets of the echo.
#include "node/media/echo_driver.hpp"

#include <fmt/format.h>

#include <array>

#include "crypto/identity.hpp"
#include "node/clock.hpp"
#include "sip/transport/source_address.hpp"

namespace node {
namespace {

constexpr int datagrams_per_turn = 64;
constexpr std::size_t largest_sound = 2048, largest_message = 65535;

asio::ip::udp::socket loopback_socket(asio::io_context& loop) {
    asio::ip::udp::socket socket(loop, {asio::ip::address_v4::loopback(), 0});
    socket.native_non_blocking(true);
    socket.non_blocking(true);
    return socket;
}

sip::Endpoint endpoint_of(const asio::ip::udp::endpoint& e) {
    return {e.address(), e.port()};
}

std::string fresh_tag() {
    return fmt::format("{:02x}", fmt::join(crypto::random_array<8>(), ""));
}

}  // namespace

class EchoDriver::Sound {
public:
    explicit Sound(asio::ip::udp::socket socket) : socket_(std::move(socket)) { await(); }
    Sound(const Sound&) = delete;  // what waits points back here
    Sound& operator=(const Sound&) = delete;

    void aim(const sip::Endpoint& phone) {
        side_.aim({phone, {}, {phone.address}, false, false}, now().steady);
    }
    [[nodiscard]] sip::Endpoint at() const { return endpoint_of(socket_.local_endpoint()); }

private:
    void await() {
        socket_.async_wait(asio::ip::udp::socket::wait_read,
                           alive_.guard([this](const asio::error_code& error) {
                               if (error) return;
                               for (int read = 0; read < datagrams_per_turn && send_back(); ++read) {
                               }
                               await();
                           }));
    }
    bool send_back() {
        asio::ip::udp::endpoint source;
        asio::error_code error;
        const auto size = socket_.receive_from(asio::buffer(buffer_), source, 0, error);
        if (error) return error == asio::error::connection_refused;
        if (!side_.takes(Component::rtp, endpoint_of(source), size, now().steady)) return true;
        socket_.send_to(asio::buffer(buffer_.data(), size), source, 0, error);
        return true;
    }

    asio::ip::udp::socket socket_;
    DoorSide side_;
    std::array<char, largest_sound> buffer_{};
    sip::Alive alive_;
};

EchoDriver::EchoDriver(asio::io_context& loop)
    : loop_(loop),
      socket_(loopback_socket(loop)),
      at_(endpoint_of(socket_.local_endpoint())),
      calls_(at_, static_cast<EchoCalls::Ports&>(*this)),
      timer_(loop, [this] { send(calls_.on_time(now().steady)); }) {
    await();
}

EchoDriver::~EchoDriver() = default;

void EchoDriver::await() {
    socket_.async_wait(asio::ip::udp::socket::wait_read, alive_.guard([this](const asio::error_code& error) {
        if (error) return;
        receive();
        await();
    }));
}

void EchoDriver::receive() {
    std::string buffer(largest_message, '\0');
    for (int read = 0; read < datagrams_per_turn; ++read) {
        asio::ip::udp::endpoint source;
        asio::error_code error;
        const auto size = socket_.receive_from(asio::buffer(buffer), source, 0, error);
        if (error) return;
        send(calls_.receive(endpoint_of(source), std::string_view(buffer).substr(0, size), fresh_tag(),
                            now().steady));
    }
}

void EchoDriver::send(const std::vector<EchoCalls::Send>& all) {
    for (const auto& each : all) {
        asio::error_code unsaid;  // as of any datagram that is lost
        socket_.send_to(asio::buffer(each.bytes), {each.to.address, each.to.port}, 0, unsaid);
    }
    timer_.set(calls_.next_wake());
}

std::optional<sip::Endpoint> EchoDriver::open(const std::string& call, const sip::Endpoint& phone) {
    auto& sound = sounds_[call];
    if (!sound) {
        const auto local = sip::source_address(phone);
        asio::error_code error;
        asio::ip::udp::socket socket(loop_);
        if (local) socket.open(local->is_v4() ? asio::ip::udp::v4() : asio::ip::udp::v6(), error);
        if (local && !error) socket.bind({*local, 0}, error);
        if (local && !error) socket.non_blocking(true, error);
        if (!local || error) {
            sounds_.erase(call);
            return std::nullopt;
        }
        sound = std::make_unique<Sound>(std::move(socket));
    }
    sound->aim(phone);
    return sound->at();
}

void EchoDriver::close(const std::string& call) {
    sounds_.erase(call);
}

}  // namespace node
