// sip/transport/stream_transport.cpp - accepts, opens, counts and finds connections.
#include "sip/transport/stream_transport.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/post.hpp>
#include <utility>

#include "sip/transport/relay_door.hpp"
#include "sip/transport/source_address.hpp"
#include "sip/transport/tls_stream.hpp"
#include "sip/transport/websocket.hpp"

namespace sip {
namespace {

constexpr int backlog = 1024;
constexpr std::size_t read_size = std::size_t{16} * 1024;  // a connection's share of one loop turn
// With no descriptor left the connection stays in the backlog and accept() fails at once, again and again.
constexpr auto accept_pause = std::chrono::milliseconds(100), longest_accept_pause = accept_pause * 16;

Endpoint endpoint_of(const asio::ip::tcp::endpoint& e) {
    return {e.address(), e.port()};
}

bool is_secure(Transport t) {
    return t == Transport::tls || t == Transport::wss;
}

bool is_web(Transport t) {
    return t == Transport::ws || t == Transport::wss;
}

/// A router forgets a connection on which nothing goes; the kernel sends something before.
void keep_known_to_routers(asio::ip::tcp::socket& socket) {
    const int idle = 20, interval = 10, probes = 3;  // seconds: some routers forget after 30
    const int fd = socket.native_handle();
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

std::unique_ptr<ByteStream> plain(asio::ip::tcp::socket& socket) {
    return std::make_unique<PlainStream>(socket);
}

}  // namespace

struct StreamTransport::Acceptor {
    explicit Acceptor(asio::io_context& loop) : socket(loop), pause(loop) {}
    Transport transport = Transport::tcp;
    Endpoint bound;
    asio::ip::tcp::acceptor socket;
    asio::steady_timer pause;
    std::chrono::milliseconds next_pause = accept_pause;
};

StreamTransport::StreamTransport(asio::io_context& loop, Transports::Listener& listener,
                                 const TransportLimits& limits, TransportCounters& counters,
                                 Transports::Security security)
    : loop_(loop),
      listener_(listener),
      limits_(limits),
      counters_(counters),
      security_(std::move(security)),
      read_buffer_(read_size),
      ledger_(limits) {}

StreamTransport::~StreamTransport() = default;

void StreamTransport::use(std::shared_ptr<const TlsCredentials> credentials) {
    security_.credentials = std::move(credentials);
}

Endpoint StreamTransport::listen(Transport transport, const Endpoint& endpoint) {
    if (is_secure(transport) && !security_.credentials)
        throw std::system_error(std::make_error_code(std::errc::protocol_not_supported));
    auto acceptor = std::make_unique<Acceptor>(loop_);
    acceptor->transport = transport;
    const asio::ip::tcp::endpoint wanted(endpoint.address, endpoint.port);
    acceptor->socket.open(wanted.protocol());
    if (endpoint.address.is_v6()) acceptor->socket.set_option(asio::ip::v6_only(true));
    acceptor->socket.set_option(asio::ip::tcp::acceptor::reuse_address(true));  // TIME_WAIT after a restart
    acceptor->socket.bind(wanted);
    acceptor->socket.listen(backlog);
    Endpoint bound = endpoint_of(acceptor->socket.local_endpoint());
    acceptor->bound = bound;
    accept_next(*acceptor);
    acceptors_.push_back(std::move(acceptor));
    return bound;
}

void StreamTransport::accept_next(Acceptor& acceptor) {
    acceptor.socket.async_accept(
        alive_.guard([this, &acceptor](const std::error_code& error, asio::ip::tcp::socket socket) {
            if (error != asio::error::operation_aborted) on_accept(acceptor, error, std::move(socket));
        }));
}

void StreamTransport::on_accept(Acceptor& acceptor, const std::error_code& error,
                                asio::ip::tcp::socket socket) {
    if (!error) {
        acceptor.next_pause = accept_pause;
        adopt(acceptor.transport, std::move(socket));
    }
    if (!error || error == asio::error::connection_aborted) return accept_next(acceptor);
    accept_failed(acceptor);
}

void StreamTransport::accept_failed(Acceptor& acceptor) {
    // Linux takes the descriptor before it looks whether somebody is there.
    pollfd waiting{acceptor.socket.native_handle(), POLLIN, 0};
    if (::poll(&waiting, 1, 0) == 0) {
        acceptor.socket.async_wait(asio::ip::tcp::acceptor::wait_read,
                                   alive_.guard([this, &acceptor](const std::error_code& error) {
                                       if (!error) accept_next(acceptor);
                                   }));
        return;
    }
    ++counters_.accept_errors;
    const auto goes = ledger_.first_to_go();
    if (!goes) return pause_accepting(acceptor);
    make_room(*goes, false);
    accept_next(acceptor);
}

void StreamTransport::pause_accepting(Acceptor& acceptor) {
    acceptor.pause.expires_after(acceptor.next_pause);
    acceptor.next_pause = std::min(2 * acceptor.next_pause, longest_accept_pause);
    acceptor.pause.async_wait(alive_.guard([this, &acceptor](const std::error_code& waited) {
        if (!waited) accept_next(acceptor);
    }));
}

void StreamTransport::adopt(Transport transport, asio::ip::tcp::socket socket) {
    std::error_code error;
    const auto local = socket.local_endpoint(error);
    const auto remote = error ? asio::ip::tcp::endpoint() : socket.remote_endpoint(error);
    if (!error) socket.non_blocking(true, error);
    if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
    if (!error) socket.set_option(asio::socket_base::keep_alive(true), error);
    if (error) return;  // it was gone before it was here
    const auto source = source_of(remote.address());
    if (!make_room_for(source, is_secure(transport))) {
        ++counters_.connections_refused;
        return;
    }
    ++counters_.connections_accepted;
    const Flow flow{transport, endpoint_of(local), endpoint_of(remote), ++last_id_};
    if (transport == Transport::tls && security_.relays) {
        const auto door = [credentials = security_.credentials](asio::ip::tcp::socket& held) {
            return std::make_unique<RelayDoor>(held, credentials);
        };
        hold(std::move(socket), flow, door, Standing::securing);
    } else if (is_secure(transport)) {
        const auto secured = [credentials = security_.credentials, transport](asio::ip::tcp::socket& held) {
            return TlsStream::accept(held, credentials, transport);
        };
        hold(std::move(socket), flow, secured, Standing::securing);
    } else {
        hold(std::move(socket), flow, plain, Standing::unknown);
    }
    connections_.at(flow.connection)->start();
}

void StreamTransport::hold(asio::ip::tcp::socket socket, const Flow& flow,
                           StreamConnection::MakeBytes make_bytes, Standing standing) {
    ledger_.add(flow.connection, source_of(flow.remote.address), standing);
    std::unique_ptr<MessageStream> messages;
    if (is_web(flow.transport)) {
        messages = std::make_unique<WebSocketStream>(security_.web_origins);
    } else {
        messages = std::make_unique<SipStream>();
    }
    connections_.emplace(flow.connection,
                         std::make_unique<StreamConnection>(std::move(socket), flow, std::move(make_bytes),
                                                            std::move(messages), *this, limits_));
    counters_.connections_open = connections_.size();
}

/// Where answers on other connections, and the requests of the peer, would come to: the source address that
/// the kernel takes, at the port that we listen on there.
std::optional<Endpoint> StreamTransport::listening_for(Transport transport, const Endpoint& remote) const {
    const auto source = source_address(remote);
    if (!source) return std::nullopt;
    std::optional<Endpoint> found;
    for (const auto& acceptor : acceptors_) {
        const Endpoint& at = acceptor->bound;
        if (acceptor->transport != transport || at.address.is_v4() != remote.address.is_v4()) continue;
        const bool suits = at.address.is_unspecified() || at.address == *source;
        if (!found || suits) found = {at.address.is_unspecified() ? *source : at.address, at.port};
        if (suits) break;
    }
    return found;
}

/// Within a dialog only the endpoint is named; the key that was met there is still expected.
PeerExpectation StreamTransport::expected_at(const Endpoint& remote, const PeerExpectation& peer) const {
    const KeyHash* known = peer.empty() ? pins_.find(remote) : nullptr;
    return known != nullptr ? PeerExpectation{{}, *known} : peer;
}

std::optional<Flow> StreamTransport::reach(Transport transport, const Endpoint& remote,
                                           const PeerExpectation& wanted) {
    const bool secure = is_secure(transport);
    const PeerExpectation peer = secure ? expected_at(remote, wanted) : PeerExpectation{};
    const Destination destination{transport, remote, peer.through, peer.held};
    if (const auto known = opened_.find(destination); known != opened_.end()) {
        const StreamConnection& connection = *connections_.at(known->second.connection);
        const bool suits = peer.empty() || peer == known->second.peer;
        if (suits && connection.accepts_requests()) return connection.flow();
    }
    const auto local = listening_for(transport, remote);
    if (!local || opened_.size() >= limits_.connections_opened || !room_for_one()) return std::nullopt;
    auto socket = open_socket(*local, remote);
    if (!socket) return std::nullopt;
    if (!peer.through.empty() || peer.held) keep_known_to_routers(*socket);
    const Flow flow{transport, *local, remote, ++last_id_};
    ++counters_.connections_opened;
    if (secure) {
        const auto secured = [credentials = security_.credentials, peer](asio::ip::tcp::socket& held) {
            return TlsStream::connect(held, credentials, peer);
        };
        hold(std::move(*socket), flow, secured, Standing::known);
    } else {
        hold(std::move(*socket), flow, plain, Standing::known);
    }
    opened_[destination] = {flow.connection, peer};
    destinations_[flow.connection] = destination;
    if (!peer.through.empty()) through_.put(flow, {remote, peer});
    connections_.at(flow.connection)->connect({remote.address, remote.port});
    return flow;
}

std::optional<asio::ip::tcp::socket> StreamTransport::open_socket(const Endpoint& local,
                                                                  const Endpoint& remote) {
    std::error_code error;
    const asio::ip::tcp::endpoint to(remote.address, remote.port);
    asio::ip::tcp::socket socket(loop_);
    socket.open(to.protocol(), error);
    // The far end shall see the address that our Via names.
    if (!error) socket.bind(asio::ip::tcp::endpoint(local.address, 0), error);
    if (!error) socket.non_blocking(true, error);
    if (error) return std::nullopt;
    return socket;
}

bool StreamTransport::room_for_one() {
    if (connections_.size() < limits_.connections) return true;
    const auto goes = ledger_.first_to_go();
    if (goes) make_room(*goes, false);
    return goes.has_value();
}

std::optional<Flow> StreamTransport::again(const Flow& flow) {
    const Way* way = through_.find(flow);
    if (way == nullptr) return std::nullopt;
    const Way known = *way;  // reach() adds to the map
    return reach(Transport::tls, known.relay, known.peer);
}

std::string StreamTransport::token(const Flow& flow) const {
    const Way* way = through_.find(flow);
    return way == nullptr ? std::string() : way->peer.through;
}

bool StreamTransport::answer(const Endpoint& relay, std::string header) {
    const auto local = listening_for(Transport::tls, relay);
    if (!local || !make_room_for(source_of(relay.address), true)) return false;
    auto socket = open_socket(*local, relay);
    if (!socket) return false;
    keep_known_to_routers(*socket);
    ++counters_.connections_accepted;
    const Flow flow{Transport::tls, *local, relay, ++last_id_};
    const auto behind = [credentials = security_.credentials,
                         header = std::move(header)](asio::ip::tcp::socket& held) {
        std::error_code error;
        const auto sent = held.write_some(asio::buffer(header), error);  // the first bytes: there is room
        if (error || sent != header.size()) return std::unique_ptr<TlsStream>();
        return TlsStream::accept(held, credentials, Transport::tls, TlsCaller::behind_relay);
    };
    hold(std::move(*socket), flow, behind, Standing::securing);
    connections_.at(flow.connection)->connect({relay.address, relay.port}, StreamConnection::Opens::theirs);
    return true;
}

bool StreamTransport::relayed(const Flow& flow) const {
    const StreamConnection* connection = find(flow);
    return connection != nullptr && connection->relayed();
}

const StreamTransport::Opened* StreamTransport::opened_as(const Flow& flow) const {
    const auto destination = destinations_.find(flow.connection);
    if (destination == destinations_.end()) return nullptr;
    const auto opened = opened_.find(destination->second);
    return opened != opened_.end() && opened->second.connection == flow.connection ? &opened->second
                                                                                   : nullptr;
}

std::optional<PeerIdentity> StreamTransport::peer(const Flow& flow) const {
    const StreamConnection* connection = find(flow);
    return connection == nullptr ? std::nullopt : connection->peer();
}

bool StreamTransport::alive(const Flow& flow) const {
    const StreamConnection* connection = find(flow);
    return connection != nullptr && connection->accepts_requests();
}

bool StreamTransport::make_room_for(const asio::ip::address& source, bool handshake) {
    for (;;) {
        const auto room = ledger_.room_for(source, handshake);
        if (!room.goes) return room.there;
        make_room(*room.goes, false);
    }
}

void StreamTransport::make_room(std::uint64_t connection, bool bad) {
    ++counters_.connections_made_room;
    connections_.at(connection)->close_now(bad);
}

StreamConnection* StreamTransport::find(const Flow& flow) const {
    const auto found = connections_.find(flow.connection);
    // The whole flow must fit: one kept over a restart has the number of a stranger.
    if (found == connections_.end() || found->second->flow() != flow) return nullptr;
    return found->second.get();
}

void StreamTransport::send(const Flow& flow, std::string_view bytes) {
    StreamConnection* connection = find(flow);
    if (connection == nullptr || !connection->accepts_output()) {
        ++counters_.sends_dropped;
        return tell_failed(flow);
    }
    connection->send(bytes);
}

void StreamTransport::close(const Flow& flow) {
    if (StreamConnection* connection = find(flow)) connection->close_gracefully(false);
}

void StreamTransport::ping(const Flow& flow) {
    if (StreamConnection* connection = find(flow)) connection->ping();
}

std::optional<Flow> StreamTransport::connection_to(const KeyHash& key) const {
    std::optional<Flow> newest;
    for (const auto& [id, connection] : connections_) {
        if (!connection->accepts_requests() || (newest && newest->connection > id)) continue;
        const auto identity = connection->peer();
        if (identity && identity->key_hash == key) newest = connection->flow();
    }
    return newest;
}

void StreamTransport::keep(const Flow& flow) {
    StreamConnection* connection = find(flow);
    if (connection == nullptr) return;
    connection->keep();
    ledger_.stands(flow.connection, Standing::known);
}

void StreamTransport::stream_message(const Flow& flow, std::string_view message) {
    ++counters_.stream_messages_in;
    listener_.on_message(flow, message);
}

void StreamTransport::stream_frame(const Flow& flow, std::string_view frame) {
    listener_.on_relay_frame(flow, frame);
}

void StreamTransport::stream_elsewhere(const Flow& flow, const FirstBytes& wish,
                                       asio::ip::tcp::socket socket) {
    ledger_.stands(flow.connection, Standing::unknown);
    listener_.on_relay_wish(wish, std::move(socket));
}

void StreamTransport::stream_broken(const Flow& flow, std::string_view header, std::error_code why) {
    listener_.on_broken_stream(flow, header, why);
}

void StreamTransport::stream_pinged() {
    ++counters_.keepalives;
}

std::optional<asio::local::stream_protocol::socket> StreamTransport::stream_visitor(const Flow& flow) {
    auto answerer = listener_.on_web_visitor(flow);
    if (answerer) ++counters_.web_visits;
    return answerer;
}

void StreamTransport::stream_secured(const StreamConnection& connection, bool well) {
    const Flow& flow = connection.flow();
    if (!is_secure(flow.transport)) return;
    const bool accepted = ledger_.standing(flow.connection) == Standing::securing;
    if (accepted) ledger_.stands(flow.connection, Standing::unknown);
    if (!well) {
        ++counters_.tls_failed;
        return;
    }
    const auto identity = connection.peer();
    ++(accepted ? counters_.tls_accepted : counters_.tls_opened);
    if (accepted && identity && identity->zone_key) ++counters_.tls_edges;
    if (accepted) return;
    const Opened* opened = opened_as(flow);
    if (opened == nullptr || !opened->peer.key_hash) return;
    ++counters_.tls_pinned;
    // The key of whom a relay leads to is not the relay's.
    if (opened->peer.through.empty()) pins_.put(flow.remote, *opened->peer.key_hash);
}

void StreamTransport::stream_one_sided(const StreamConnection& connection) {
    ledger_.one_sided(connection.flow().connection);
    tell_failed(connection.flow());  // what we asked there will not be answered
}

void StreamTransport::stream_holds(const StreamConnection& connection, std::size_t bytes) {
    ledger_.holds(connection.flow().connection, bytes);
    while (const auto goes = ledger_.too_large())
        make_room(*goes, true);
    counters_.bytes_held = ledger_.bytes();
}

void StreamTransport::stream_closed(const StreamConnection& connection, bool bad) {
    if (bad) ++counters_.connections_closed_bad;
    const Flow& flow = connection.flow();
    ledger_.remove(flow.connection);
    counters_.bytes_held = ledger_.bytes();
    const auto held = connections_.find(flow.connection);
    if (opened_as(flow) != nullptr) opened_.erase(destinations_.at(flow.connection));
    destinations_.erase(flow.connection);
    tell_failed(flow);
    ended_.push_back(std::move(held->second));
    connections_.erase(held);
    counters_.connections_open = connections_.size();
}

void StreamTransport::tell_failed(const Flow& flow) {
    failed_.push_back(flow);
    if (std::exchange(turn_posted_, true)) return;
    asio::post(loop_, alive_.guard([this] { tell_and_free(); }));
}

void StreamTransport::tell_and_free() {
    turn_posted_ = false;
    ended_.clear();
    for (const Flow& flow : std::exchange(failed_, {}))
        listener_.on_flow_failed(flow);
}

}  // namespace sip
