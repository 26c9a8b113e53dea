// node/reach/tls_knock_driver.cpp - one connection, twenty bytes.
#include "node/reach/tls_knock_driver.hpp"

#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include "sip/alive.hpp"

namespace node {
namespace {

class Knock final : public OptionsClient {
public:
    Knock(asio::io_context& loop, const sip::Endpoint& to, const sip::PipeId& first_bytes, Listener& listener)
        : socket_(loop),
          to_(to.address, to.port),
          bytes_(sip::pipe_header(first_bytes)),
          listener_(listener) {}

    void start() override {
        socket_.async_connect(to_, alive_.guard([this](const std::error_code& error) {
            if (error) return end(TargetState::refused);
            asio::async_write(socket_, asio::buffer(bytes_),
                              alive_.guard([this](const std::error_code& failed, std::size_t) {
                                  end(failed ? TargetState::refused : TargetState::unknown);
                              }));
        }));
    }
    void close() override {
        alive_.end();
        std::error_code ignored;
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);  // what was said arrives
        socket_.close(ignored);
    }

private:
    void end(TargetState state) {
        close();
        listener_.on_end(state);
    }

    asio::ip::tcp::socket socket_;
    const asio::ip::tcp::endpoint to_;
    const std::string bytes_;
    Listener& listener_;
    sip::Alive alive_;
};

}  // namespace

std::unique_ptr<OptionsClient> make_knock(asio::io_context& loop, const sip::Endpoint& to,
                                          const sip::PipeId& first_bytes, OptionsClient::Listener& listener) {
    return std::make_unique<Knock>(loop, to, first_bytes, listener);
}

}  // namespace node
