// node/provisioning/plain_links_driver.hpp - links by plain HTTP, for phones that take no certificate of the
// node's own making (Linphone). libmicrohttpd reads HTTP; here is its socket, on our loop.
// 1. It listens at one address of the home, and only while a link is open.
// 2. Whoever asks from outside of the home is not answered; nothing but GET /p/... is there.
// 3. Bounded: 16 connections, 4 of one address, 16 KiB each, 5 s of silence.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "node/provisioning/provisioning.hpp"

namespace node {

/// One loop.
class PlainLinksDriver {
public:
    class Host {
    public:
        [[nodiscard]] virtual bool is_at_home(const asio::ip::address& peer) const = 0;
        [[nodiscard]] virtual ProvisioningAnswer plain_request(const ProvisioningRequest& request) = 0;

    protected:
        ~Host() = default;
    };

    static constexpr std::uint16_t usual_port = 8088;

    /// Borrows both.
    PlainLinksDriver(asio::io_context& loop, Host& host);
    ~PlainLinksDriver();
    PlainLinksDriver(const PlainLinksDriver&) = delete;  // libmicrohttpd points back here
    PlainLinksDriver& operator=(const PlainLinksDriver&) = delete;

    /// Listens there until then, or longer if it was told so before; the port: the usual one, or any when
    /// that is taken. Throws std::system_error.
    std::uint16_t listen(const asio::ip::address& address, std::chrono::steady_clock::time_point until);
    void stop();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace node
