// sip/tcp_transport.cpp - accepts, counts and finds TCP connections.
#include "sip/tcp_transport.hpp"

#include <algorithm>
#include <asio/ip/v6_only.hpp>
#include <asio/post.hpp>
#include <utility>

namespace sip {
namespace {

constexpr int backlog = 1024;
constexpr std::size_t read_size = std::size_t{16} * 1024;  // a connection's share of one loop turn
// With no descriptor left the connection stays in the backlog and accept() fails at once, again and again.
constexpr auto accept_pause = std::chrono::milliseconds(100);

/// Who is counted as one source: an IPv4 address, or an IPv6 /64 (what one customer gets, RFC 6177).
asio::ip::address source_of(const asio::ip::address& address) {
    if (address.is_v4()) return address;
    auto bytes = address.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
    return asio::ip::address_v6(bytes);
}

Endpoint endpoint_of(const asio::ip::tcp::endpoint& e) {
    return {e.address(), e.port()};
}

}  // namespace

struct TcpTransport::Listener {
    explicit Listener(asio::io_context& loop) : acceptor(loop), pause(loop) {}
    asio::ip::tcp::acceptor acceptor;
    asio::steady_timer pause;
};

TcpTransport::TcpTransport(asio::io_context& loop, const Transports::Handler& handler,
                           const TransportLimits& limits, TransportCounters& counters)
    : loop_(loop), handler_(handler), limits_(limits), counters_(counters), read_buffer_(read_size) {}

TcpTransport::~TcpTransport() = default;

Endpoint TcpTransport::listen(const Endpoint& endpoint) {
    auto listener = std::make_unique<Listener>(loop_);
    const asio::ip::tcp::endpoint wanted(endpoint.address, endpoint.port);
    listener->acceptor.open(wanted.protocol());
    if (endpoint.address.is_v6()) listener->acceptor.set_option(asio::ip::v6_only(true));
    listener->acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true));  // TIME_WAIT after a restart
    listener->acceptor.bind(wanted);
    listener->acceptor.listen(backlog);
    Endpoint bound = endpoint_of(listener->acceptor.local_endpoint());
    accept_next(*listener);
    listeners_.push_back(std::move(listener));
    return bound;
}

void TcpTransport::accept_next(Listener& listener) {
    listener.acceptor.async_accept([this, &listener, alive = std::weak_ptr(alive_)](
                                       const std::error_code& error, asio::ip::tcp::socket socket) {
        if (alive.expired() || error == asio::error::operation_aborted) return;
        on_accept(listener, error, std::move(socket));
    });
}

void TcpTransport::on_accept(Listener& listener, const std::error_code& error, asio::ip::tcp::socket socket) {
    if (!error) adopt(std::move(socket));
    if (!error || error == asio::error::connection_aborted) return accept_next(listener);
    ++counters_.accept_errors;
    listener.pause.expires_after(accept_pause);
    listener.pause.async_wait(
        [this, &listener, alive = std::weak_ptr(alive_)](const std::error_code& waited) {
            if (!alive.expired() && !waited) accept_next(listener);
        });
}

void TcpTransport::adopt(asio::ip::tcp::socket socket) {
    std::error_code error;
    const auto local = socket.local_endpoint(error);
    const auto remote = error ? asio::ip::tcp::endpoint() : socket.remote_endpoint(error);
    if (!error) socket.non_blocking(true, error);
    if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
    if (!error) socket.set_option(asio::socket_base::keep_alive(true), error);
    if (error) return;  // it was gone before it was here
    const auto source = source_of(remote.address());
    if (connections_.size() >= limits_.connections || !make_room_for(source)) {
        ++counters_.connections_refused;
        return;
    }
    ++counters_.connections_accepted;
    ++sources_[source].open;
    const Flow flow{Transport::tcp, endpoint_of(local), endpoint_of(remote), ++last_id_};
    auto connection = std::make_unique<StreamConnection>(std::move(socket), flow, *this, limits_);
    auto& started = *connection;
    connections_.emplace(flow.connection, std::move(connection));
    counters_.connections_open = connections_.size();
    started.start();
}

/// At its bound, a source gives up what its peers have ended already, before a newcomer is refused.
bool TcpTransport::make_room_for(const asio::ip::address& source) {
    const auto found = sources_.find(source);
    if (found == sources_.end()) return limits_.connections_per_source > 0;
    if (found->second.open < limits_.connections_per_source) return true;
    if (found->second.half_closed.empty()) return false;
    // May drop the last connection of this source and with it `found`; adopt() looks the source up anew.
    connections_.at(found->second.half_closed.front())->close_now(false);
    return true;
}

StreamConnection* TcpTransport::find(const Flow& flow) {
    const auto found = connections_.find(flow.connection);
    // The whole flow must fit: one kept over a restart has the number of a stranger.
    if (found == connections_.end() || found->second->flow() != flow) return nullptr;
    return found->second.get();
}

void TcpTransport::send(const Flow& flow, std::string_view bytes) {
    StreamConnection* connection = find(flow);
    if (connection == nullptr || !connection->accepts_output()) {
        ++counters_.sends_dropped;
        return;
    }
    connection->send(bytes);
}

void TcpTransport::close(const Flow& flow) {
    if (StreamConnection* connection = find(flow)) connection->close_gracefully(false);
}

void TcpTransport::stream_message(const Flow& flow, std::string_view message) {
    ++counters_.stream_messages_in;
    handler_.on_message(flow, message);
}

void TcpTransport::stream_broken(const Flow& flow, std::string_view header) {
    if (handler_.on_broken_stream) handler_.on_broken_stream(flow, header);
}

void TcpTransport::stream_pinged() {
    ++counters_.keepalives;
}

void TcpTransport::stream_half_closed(const StreamConnection& connection) {
    sources_[source_of(connection.flow().remote.address)].half_closed.push_back(connection.flow().connection);
}

void TcpTransport::stream_closed(const StreamConnection& connection, bool bad) {
    if (bad) ++counters_.connections_closed_bad;
    const Flow& flow = connection.flow();
    const auto source = sources_.find(source_of(flow.remote.address));
    std::erase(source->second.half_closed, flow.connection);
    if (--source->second.open == 0) sources_.erase(source);
    const auto held = connections_.find(flow.connection);
    if (ended_.empty()) {
        asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
            if (!alive.expired()) ended_.clear();
        });
    }
    ended_.push_back(std::move(held->second));
    connections_.erase(held);
    counters_.connections_open = connections_.size();
}

}  // namespace sip
