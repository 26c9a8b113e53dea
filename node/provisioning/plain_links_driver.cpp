// node/provisioning/plain_links_driver.cpp - libmicrohttpd without threads: its epoll descriptor is waited
// for with ours.
#include "node/provisioning/plain_links_driver.hpp"

#include <microhttpd.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <string_view>

#include "node/peer_address.hpp"

namespace node {
namespace {

std::string header(MHD_Connection* connection, MHD_ValueKind kind, const char* name) {
    const char* value = MHD_lookup_connection_value(connection, kind, name);
    return value == nullptr ? "" : value;
}

MHD_Result reply(MHD_Connection* connection, const ProvisioningAnswer& answer) {
    // Copied, and as long as it says: libmicrohttpd only reads it.
    MHD_Response* response =
        MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()),  // NOLINT
                                        MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) return MHD_NO;
    MHD_add_response_header(response, "Content-Type", answer.type.c_str());
    MHD_add_response_header(response, "Cache-Control", "no-store");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Content-Security-Policy",
                            "default-src 'none'; frame-ancestors 'none'");
    MHD_add_response_header(response, "Connection", "close");
    const auto queued = MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
    MHD_destroy_response(response);
    return queued;
}

int epoll_of(MHD_Daemon* daemon) {
    const auto* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == nullptr ? -1 : info->epoll_fd;
}

}  // namespace

struct PlainLinksDriver::Impl : std::enable_shared_from_this<Impl> {
    Impl(asio::io_context& io, Host& asks) : loop(io), host(asks), events(io), idle(io), end(io) {}

    static MHD_Result may_connect(void* self, const sockaddr* from, socklen_t /*size*/) {
        return static_cast<Impl*>(self)->host.is_at_home(address_of(from)) ? MHD_YES : MHD_NO;
    }

    static MHD_Result handle(void* self, MHD_Connection* connection, const char* url, const char* method,
                             const char* /*version*/, const char* /*upload*/, std::size_t* /*size*/,
                             void** /*of_this_request*/) {
        constexpr std::string_view links = "/p/";
        if (std::string_view(method) != "GET") return reply(connection, {405, "text/plain", "GET alone\n"});
        const std::string_view path(url);
        if (!path.starts_with(links)) return reply(connection, {404, "text/plain", "nothing is here\n"});
        const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        const auto peer = info == nullptr ? asio::ip::address() : address_of(info->client_addr);
        ProvisioningRequest request;
        request.path = path.substr(links.size());
        request.kind = header(connection, MHD_GET_ARGUMENT_KIND, "for");
        request.by = peer.to_string();
        request.from_a_browser =
            header(connection, MHD_HEADER_KIND, "Accept").find("text/html") != std::string::npos;
        return reply(connection, static_cast<Impl*>(self)->host.plain_request(request));
    }

    asio::ip::tcp::acceptor bind(const asio::ip::address& at) const {
        asio::ip::tcp::acceptor acceptor(loop, at.is_v6() ? asio::ip::tcp::v6() : asio::ip::tcp::v4());
        acceptor.set_option(asio::socket_base::reuse_address(true));
        asio::error_code taken;
        acceptor.bind({at, usual_port}, taken);
        if (taken) acceptor.bind({at, 0});
        acceptor.listen();
        acceptor.non_blocking(true);
        return acceptor;
    }

    void start(const asio::ip::address& at) {
        auto acceptor = bind(at);
        port = acceptor.local_endpoint().port();
        address = at;
        const int socket = acceptor.release();
        constexpr unsigned connections = 16, of_one = 4, silence_s = 5;
        constexpr std::size_t memory = std::size_t{16} * 1024;
        daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, &Impl::may_connect, this, &Impl::handle, this,
                                  MHD_OPTION_LISTEN_SOCKET, socket, MHD_OPTION_CONNECTION_LIMIT, connections,
                                  MHD_OPTION_PER_IP_CONNECTION_LIMIT, of_one, MHD_OPTION_CONNECTION_TIMEOUT,
                                  silence_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, MHD_OPTION_END);
        if (daemon == nullptr) {
            ::close(socket);
            throw std::system_error(errno, std::generic_category(), "links by plain HTTP");
        }
        events.assign(::dup(epoll_of(daemon)));
        wait();
    }

    void wait() {
        events.async_wait(asio::posix::stream_descriptor::wait_read,
                          [weak = weak_from_this()](asio::error_code stopped) {
                              const auto self = weak.lock();
                              if (stopped || !self || self->daemon == nullptr) return;
                              self->turn();
                              self->wait();
                          });
    }

    void turn() {
        MHD_run(daemon);
        MHD_UNSIGNED_LONG_LONG milliseconds = 0;
        if (MHD_get_timeout(daemon, &milliseconds) != MHD_YES) return;
        idle.expires_after(std::chrono::milliseconds(milliseconds));
        idle.async_wait([weak = weak_from_this()](asio::error_code cancelled) {
            const auto self = weak.lock();
            if (!cancelled && self && self->daemon != nullptr) self->turn();
        });
    }

    void stop_at(std::chrono::steady_clock::time_point when) {
        if (when <= until) return;
        until = when;
        end.expires_at(when);
        end.async_wait([weak = weak_from_this()](asio::error_code cancelled) {
            const auto self = weak.lock();
            if (!cancelled && self) self->stop();
        });
    }

    void stop() {
        idle.cancel();
        end.cancel();
        asio::error_code ignored;
        events.close(ignored);
        if (daemon != nullptr) MHD_stop_daemon(std::exchange(daemon, nullptr));
        until = {};
    }

    asio::io_context& loop;
    Host& host;
    MHD_Daemon* daemon = nullptr;
    asio::ip::address address;
    std::uint16_t port = 0;
    asio::posix::stream_descriptor events;
    asio::steady_timer idle, end;
    std::chrono::steady_clock::time_point until;
};

PlainLinksDriver::PlainLinksDriver(asio::io_context& loop, Host& host)
    : impl_(std::make_shared<Impl>(loop, host)) {}

PlainLinksDriver::~PlainLinksDriver() {
    impl_->stop();
}

std::uint16_t PlainLinksDriver::listen(const asio::ip::address& address,
                                       std::chrono::steady_clock::time_point until) {
    if (impl_->daemon != nullptr && impl_->address != address) impl_->stop();
    if (impl_->daemon == nullptr) impl_->start(address);
    impl_->stop_at(until);
    return impl_->port;
}

void PlainLinksDriver::stop() {
    impl_->stop();
}

}  // namespace node
