// sip/transport/stream_transport.hpp - listeners of TCP, TLS and WebSocket, the connections they accepted and
// those we opened, within the bounds of TransportLimits. A part of Transports; SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "sip/alive.hpp"
#include "sip/recent_map.hpp"
#include "sip/transport/connection_ledger.hpp"
#include "sip/transport/stream_connection.hpp"
#include "sip/transport/transports.hpp"

namespace sip {

class StreamTransport final : public StreamOwner {
public:
    /// Borrows listener, limits and counters.
    StreamTransport(asio::io_context& loop, Transports::Listener& listener, const TransportLimits& limits,
                    TransportCounters& counters, Transports::Security security);
    ~StreamTransport();
    StreamTransport(const StreamTransport&) = delete;  // connections and pending accepts point back here
    StreamTransport& operator=(const StreamTransport&) = delete;

    /// Returns the endpoint with the port that was chosen. Throws std::system_error.
    Endpoint listen(Transport transport, const Endpoint& endpoint);
    /// As Transports::reach(), for tcp and tls.
    [[nodiscard]] std::optional<Flow> reach(Transport transport, const Endpoint& remote,
                                            const PeerExpectation& peer);
    // As in Transports.
    [[nodiscard]] std::optional<Flow> again(const Flow& flow);
    bool answer(const Endpoint& relay, std::string header);
    [[nodiscard]] bool relayed(const Flow& flow) const;
    [[nodiscard]] std::string token(const Flow& flow) const;
    [[nodiscard]] std::optional<PeerIdentity> peer(const Flow& flow) const;
    void use(std::shared_ptr<const TlsCredentials> credentials);
    [[nodiscard]] bool alive(const Flow& flow) const;
    void send(const Flow& flow, std::string_view bytes);
    void close(const Flow& flow);
    void keep(const Flow& flow);
    void ping(const Flow& flow);
    [[nodiscard]] std::optional<Flow> connection_to(const KeyHash& key) const;

private:
    using Standing = ConnectionLedger::Standing;
    struct Acceptor;
    struct Destination {
        Transport transport = Transport::tcp;
        Endpoint endpoint;
        std::string through = {};  // one relay leads to many
        bool held = false;         // and may be called itself
        friend auto operator<=>(const Destination&, const Destination&) = default;
    };
    struct Opened {
        std::uint64_t connection = 0;
        PeerExpectation peer;
    };
    struct Way {
        Endpoint relay;
        PeerExpectation peer;
    };

    void accept_next(Acceptor& acceptor);
    void on_accept(Acceptor& acceptor, const std::error_code& error, asio::ip::tcp::socket socket);
    void adopt(Transport transport, asio::ip::tcp::socket socket);
    void accept_failed(Acceptor& acceptor);
    void pause_accepting(Acceptor& acceptor);
    /// Before one is opened.
    [[nodiscard]] bool room_for_one();
    [[nodiscard]] bool make_room_for(const asio::ip::address& source, bool handshake);
    /// The connection that we opened, as long as it is the one for its destination.
    [[nodiscard]] const Opened* opened_as(const Flow& flow) const;
    void make_room(std::uint64_t connection, bool bad);
    [[nodiscard]] StreamConnection* find(const Flow& flow) const;
    [[nodiscard]] std::optional<Endpoint> listening_for(Transport transport, const Endpoint& remote) const;
    /// A socket to `remote`, bound to where the far end shall see us.
    [[nodiscard]] std::optional<asio::ip::tcp::socket> open_socket(const Endpoint& local,
                                                                   const Endpoint& remote);
    [[nodiscard]] PeerExpectation expected_at(const Endpoint& remote, const PeerExpectation& peer) const;
    void hold(asio::ip::tcp::socket socket, const Flow& flow, StreamConnection::MakeBytes make_bytes,
              Standing standing);
    void tell_failed(const Flow& flow);
    void tell_and_free();

    void stream_message(const Flow& flow, std::string_view message) override;
    void stream_broken(const Flow& flow, std::string_view header, std::error_code why) override;
    void stream_frame(const Flow& flow, std::string_view frame) override;
    void stream_elsewhere(const Flow& flow, const FirstBytes& wish, asio::ip::tcp::socket socket) override;
    void stream_pinged() override;
    void stream_sends() override { listener_.before_sending(); }
    std::optional<asio::local::stream_protocol::socket> stream_visitor(const Flow& flow) override;
    void stream_secured(const StreamConnection& connection, bool well) override;
    void stream_one_sided(const StreamConnection& connection) override;
    void stream_holds(const StreamConnection& connection, std::size_t bytes) override;
    void stream_closed(const StreamConnection& connection, bool bad) override;
    std::span<char> read_buffer() override { return read_buffer_; }

    asio::io_context& loop_;
    Transports::Listener& listener_;
    const TransportLimits& limits_;
    TransportCounters& counters_;
    Transports::Security security_;
    std::vector<char> read_buffer_;
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    std::unordered_map<std::uint64_t, std::unique_ptr<StreamConnection>> connections_;
    std::map<Destination, Opened> opened_;  // by us; RFC 5923's alias, for the very endpoint
    std::unordered_map<std::uint64_t, Destination> destinations_;  // of those, by their connection
    RecentMap<Flow, Way> through_{1024};  // opened through relays, perhaps ended since
    // Keys last met there as expected; of more edges than a node calls in a dialog's life.
    RecentMap<Endpoint, KeyHash> pins_{4096};
    ConnectionLedger ledger_;
    std::vector<std::unique_ptr<StreamConnection>> ended_;  // may still be on the stack; freed next turn
    std::vector<Flow> failed_;                              // to be told next turn
    bool turn_posted_ = false;
    std::uint64_t last_id_ = 0;
    Alive alive_;  // last: handlers may come after the end
};

}  // namespace sip
