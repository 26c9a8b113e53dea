// node/reach/gateway_driver.cpp - a connected socket for each conversation: nobody but the router is heard.
#include "node/reach/gateway_driver.hpp"

#include <array>
#include <asio/steady_timer.hpp>

#include "node/reach/nat_pmp_socket.hpp"

namespace node {
namespace {

using asio::ip::udp;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t port = 5351, announcement_port = 5350;  // RFC 6886 §3.2.1, RFC 6887 §19
constexpr auto farewell = std::chrono::milliseconds(200);
using Buffer = std::array<std::uint8_t, 1101>;  // RFC 6887 §7: 1,100; what is longer is seen to be

udp::endpoint endpoint_of(const Gateway& gateway) {
    auto address = gateway.address;
    if (address.is_v6() && address.to_v6().is_link_local()) {
        auto scoped = address.to_v6();
        scoped.scope_id(gateway.interface);
        address = scoped;
    }
    return {address, port};
}

/// From our own address there: PCP wants to see it (RFC 6887 §8.1). False: this machine is not there.
bool connect(udp::socket& socket, const Gateway& gateway) {
    asio::error_code error;
    const auto router = endpoint_of(gateway);
    socket.open(router.protocol(), error);
    if (!error) socket.bind({gateway.own, 0}, error);
    if (!error) socket.connect(router, error);
    if (!error) socket.non_blocking(true, error);
    return !error;
}

/// Sends what may be of either protocol. REQUIRES: connected; NAT-PMP is spoken over IPv4 alone.
class Sender {
public:
    Sender(udp::socket& socket, const Gateway& gateway)
        : socket_(socket),
          nat_pmp_(socket, gateway.address.is_v4() ? gateway.address.to_v4() : asio::ip::address_v4()) {}

    /// False: nobody listens there.
    [[nodiscard]] bool send(const GatewayQuestion& question) {
        if (const auto* nat_pmp = std::get_if<NatPmpQuestion>(&question)) return nat_pmp_.send(*nat_pmp);
        asio::error_code error;
        socket_.send(asio::buffer(std::get<std::vector<std::uint8_t>>(question)), 0, error);
        return error != asio::error::connection_refused;
    }
    [[nodiscard]] NatPmpSocket& nat_pmp() noexcept { return nat_pmp_; }

private:
    udp::socket& socket_;
    NatPmpSocket nat_pmp_;
};

}  // namespace

class GatewayDriver::Conversation {
public:
    Conversation(asio::io_context& loop, MappingRequest request, const crypto::Bytes<16>& secret,
                 std::function<void(MappingAnswer)> done)
        : done_(std::move(done)),
          socket_(loop),
          timer_(loop),
          talk_(std::move(request), secret, Clock::now()) {}
    Conversation(const Conversation&) = delete;  // pending waits point back here
    Conversation& operator=(const Conversation&) = delete;

    void start() {
        if (connect(socket_, talk_.request().gateway)) {
            sender_.emplace(socket_, talk_.request().gateway);
        } else {
            talk_.unreachable();
        }
        read_soon();
        pump();
    }

private:
    void send() {
        for (const auto& question : talk_.take())
            if (sender_ && !sender_->send(question)) talk_.unreachable();
    }

    void pump() {
        send();
        // Never from inside of start(): an end, too, comes by the timer.
        timer_.expires_at(talk_.ended() ? Clock::now() : talk_.next_wake());
        timer_.async_wait(alive_.guard([this](asio::error_code cancelled) {
            if (cancelled) return;
            if (talk_.ended()) return finish();
            talk_.on_time(Clock::now());
            pump();
        }));
    }

    void read_soon() {
        if (!socket_.is_open()) return;
        socket_.async_wait(udp::socket::wait_read, alive_.guard([this](asio::error_code error) {
            if (error || talk_.ended()) return;
            read();
            pump();
            read_soon();
        }));
    }

    void read() {
        for (int i = 0; i < 16 && !talk_.ended(); ++i) {  // more have their turn
            const auto* asked = talk_.nat_pmp_question();
            if (!(asked != nullptr ? read_nat_pmp(*asked) : read_pcp())) return;
            send();
        }
    }

    /// False: there is nothing more.
    bool read_nat_pmp(const NatPmpQuestion& asked) {
        const auto came = sender_->nat_pmp().receive(asked);
        switch (came.what) {
            case NatPmpArrival::What::nothing: return false;
            case NatPmpArrival::What::other: talk_.ignored(); return true;
            case NatPmpArrival::What::answer: talk_.received(came.answer, Clock::now()); return true;
            case NatPmpArrival::What::nobody: talk_.unreachable(); return false;
        }
        return false;
    }

    bool read_pcp() {
        Buffer buffer{};
        asio::error_code error;
        const auto size = socket_.receive(asio::buffer(buffer), 0, error);
        if (error == asio::error::connection_refused) talk_.unreachable();
        if (error) return false;
        talk_.received({buffer.data(), size}, Clock::now());
        return true;
    }

    void finish() {
        socket_.close();
        const auto done = std::move(done_);
        done(talk_.answer());  // may destroy this
    }

    std::function<void(MappingAnswer)> done_;
    udp::socket socket_;
    std::optional<Sender> sender_;  // once connected
    asio::steady_timer timer_;
    GatewayTalk talk_;
    sip::Alive alive_;
};

GatewayDriver::GatewayDriver(asio::io_context& loop, const crypto::Bytes<16>& secret,
                             std::function<void(asio::ip::address)> announced)
    : loop_(loop), secret_(secret), announced_(std::move(announced)), announcements_(loop) {
    listen();
}

GatewayDriver::~GatewayDriver() = default;

// Without it (another program has the port for itself) a new address is noticed when the router is next
// asked.
void GatewayDriver::listen() {
    asio::error_code error;
    announcements_.open(udp::v4(), error);
    if (!error) announcements_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) announcements_.bind({asio::ip::address_v4::any(), announcement_port}, error);
    if (!error) announcements_.non_blocking(true, error);
    if (!error) hear();
}

void GatewayDriver::hear() {
    announcements_.async_wait(udp::socket::wait_read, alive_.guard([this](asio::error_code error) {
        if (error) return;
        Buffer buffer{};
        asio::error_code none;
        const auto size = announcements_.receive_from(asio::buffer(buffer), from_, 0, none);
        if (!none && is_announcement({buffer.data(), size})) announced_(from_.address());
        hear();
    }));
}

void GatewayDriver::start(MappingRequest request, std::function<void(MappingAnswer)> done) {
    auto& conversation = request.gateway.address.is_v4() ? v4_ : v6_;
    conversation = std::make_unique<Conversation>(loop_, std::move(request), secret_, std::move(done));
    conversation->start();
}

void GatewayDriver::end_mappings(GatewayProtocol protocol, const Gateway& gateway,
                                 const std::vector<MappingEnd>& ends) const {
    asio::io_context loop;
    udp::socket socket(loop);
    if (ends.empty() || !connect(socket, gateway)) return;
    Sender sender(socket, gateway);
    std::size_t left = 0;
    for (const auto& question : endings(protocol, secret_, ends))
        if (sender.send(question)) ++left;
    Buffer buffer{};
    std::function<void()> hear = [&] {
        socket.async_receive(asio::buffer(buffer), [&](asio::error_code error, std::size_t) {
            if (!error && --left > 0) hear();
        });
    };
    if (left > 0) hear();
    loop.run_for(farewell);
}

}  // namespace node
