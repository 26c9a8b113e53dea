// sip/transport/transports.hpp - the sockets: UDP in batches (recvmmsg, sendmmsg), TCP, TLS, WebSocket and
// secure WebSocket, IPv4 and IPv6, on one asio loop.
// 1. A reply leaves from the address the request came to: wildcard sockets use IP_PKTINFO /
//    IPV6_RECVPKTINFO.
// 2. Bounded: connections and TLS handshakes under way, in all and for each source address; bytes held for
//    all connections together and unsent for each; message size; handshake, idle and message time. Where a
//    bound is met the connections on which nobody has proved anything make room, those of the greediest
//    source first (connection_ledger.hpp). What is closed or dropped is counted; nothing else suffers.
// 3. Connections are opened for requests only, by reach(), and used again for the same endpoint. RFC 3261
//    §18.2.2 would open a new one to the sent-by for a response whose connection is gone; such a response is
//    dropped and counted (a phone behind a NAT could not be reached that way, and to one on our own network
//    it is a retransmitted request that brings the answer). WebSockets are never opened (RFC 7118 §5: a
//    browser cannot be reached but over the connection that it opened).
// SIP loop only: every call and every callback. Callbacks never run inside the constructor, send() or
// close().
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sip/output.hpp"
#include "sip/transport/first_bytes.hpp"
#include "sip/transport/websocket_handshake.hpp"

namespace sip {

class TlsCredentials;

struct Listen {
    Transport transport = Transport::udp;
    Endpoint endpoint;  // port 0: any free one
};

struct TransportLimits {
    std::size_t connections = 4096;
    std::size_t connections_opened = 1024;    // by us; part of `connections`
    std::size_t connections_per_source = 64;  // IPv6: by /64
    std::size_t unsent_bytes =
        std::size_t{256} * 1024;  // for each connection; a peer that reads slower is closed
    // Of all connections together, read or unsent: of those of the greediest source the largest is closed.
    // 500 messages of the largest size under way; a node's own phones hold some kilobytes.
    std::size_t held_bytes = std::size_t{32} * 1024 * 1024;
    // For each UDP socket, while the kernel takes no more.
    std::size_t unsent_datagrams = 4096, unsent_datagram_bytes = std::size_t{8} * 1024 * 1024;
    // From accept to the first whole message, and for any message from its first bytes to its last.
    std::chrono::milliseconds first_message{10'000};
    std::chrono::milliseconds connect{4'000};    // then the next contact is tried
    std::chrono::milliseconds handshake{5'000};  // of TLS; some phones are slow at it
    std::size_t handshakes = 256;                // under way, of those who connect to us
    std::size_t handshakes_per_source = 32;      // an office that has its power again
    // From accept, while nobody has proved anything on it: a phone logs in within seconds.
    std::chrono::milliseconds unknown{60'000};
    // Without a whole message or a ping. That the other end is still there, the kernel asks each minute.
    std::chrono::milliseconds idle{10'800'000};
    std::chrono::milliseconds half_closed{
        12'000};  // a peer that ended its side may still get answers; EdgeHost::ask() has 11 s
};

struct TlsCounters {
    std::uint64_t tls_accepted = 0, tls_opened = 0;  // handshakes that went well
    std::uint64_t tls_failed = 0;  // theirs or ours: no common version, a wrong peer, too slow
    std::uint64_t tls_edges = 0;   // of the accepted: edges that proved their zone
    std::uint64_t tls_pinned = 0;  // of the opened: edges with the key that their record gave
};

struct TransportCounters : TlsCounters {
    std::uint64_t datagrams_in = 0, datagrams_out = 0;
    std::uint64_t datagrams_dropped = 0;  // came truncated, or from no address one could answer
    std::uint64_t keepalives = 0;         // CR LF only, or empty: UDP gets no answer, TCP gets its pong
    std::uint64_t stream_messages_in = 0;
    std::uint64_t send_errors = 0;    // refused by the kernel for this destination: unreachable, too large
    std::uint64_t unreachable = 0;    // said ICMP of a datagram of ours
    std::uint64_t sends_dropped = 0;  // queue full, connection gone, or no socket for that flow
    std::uint64_t connections_accepted = 0, connections_refused = 0, connections_opened = 0;
    std::uint64_t stun_answers = 0;
    std::uint64_t web_visits = 0;              // of browsers that were shown a page, by connection
    std::uint64_t connections_closed_bad = 0;  // broken framing, too slow, or does not read
    std::uint64_t connections_made_room = 0;   // closed for another, or because too many bytes were held
    std::uint64_t accept_errors = 0;           // out of descriptors or memory
    std::size_t connections_open = 0, connections_most = 0;
    std::size_t bytes_held = 0;  // read and unsent, of all connections
};

struct TransportSecurity {
    std::shared_ptr<const TlsCredentials> credentials;  // null: no tls, no wss
    OriginPolicy web_origins;                           // empty: only pages of the host itself
    bool relays = false;  // to its TLS listeners come also those whom a relay is for, and who only dials back
};

class Transports final : public Output {
public:
    /// Who is told. What these functions are given is valid until they return. They must not throw, nor
    /// destroy the Transports.
    class Listener {
    public:
        virtual void on_message(const Flow& flow, std::string_view message) = 0;
        /// The header of a message whose end cannot be known, or which is too large. May send(); then the
        /// connection is closed. Not called when not even the header came whole.
        virtual void on_broken_stream(const Flow& /*flow*/, std::string_view /*header*/,
                                      std::error_code /*why*/) {}
        /// A connection has ended, could not be opened, or was gone when something was to be sent; or its
        /// peer will say no more (answers to it still go out); or the kernel has no way to a UDP peer. Comes
        /// after the call that showed it.
        virtual void on_flow_failed(const Flow& /*flow*/) {}
        /// A relay and whom it relays for speak on this connection (Output::peer() says who it is).
        virtual void on_relay_frame(const Flow& /*flow*/, std::string_view /*frame*/) {}
        /// Somebody has connected to a TLS listener and wants who is behind this node, or answers who waits
        /// (FirstBytes). Of `socket` nothing was read but a pipe's header; it is no connection of ours any
        /// more, and ends where it is not kept.
        virtual void on_relay_wish(const FirstBytes& /*wish*/, asio::ip::tcp::socket /*socket*/) {}
        /// Bytes are about to leave, on whichever flow: what they acknowledge must be kept by now. Once for
        /// all that a batch of received messages is answered with. Must not send.
        virtual void before_sending() {}
        /// A browser has connected to a WebSocket listener, and wants a page. Who answers gives one end of a
        /// socket pair, which must not block: what the browser says comes out of it, from its first byte on
        /// and without TLS, and what is written into it goes to the browser. Bounded as every connection is;
        /// nobody waits for a slow reader but the pair. Nothing: the browser hears that there is no page.
        [[nodiscard]] virtual std::optional<asio::local::stream_protocol::socket> on_web_visitor(
            const Flow& /*flow*/) {
            return std::nullopt;
        }
        /// Asked before an answer that the transport gives by itself (STUN).
        [[nodiscard]] virtual bool may_answer(const Flow& /*flow*/) { return true; }

    protected:
        ~Listener() = default;
    };
    using Security = TransportSecurity;
    /// Binds everything at once; throws std::system_error with the endpoint in what() when one cannot be
    /// bound. Borrows loop and listener.
    Transports(asio::io_context& loop, const std::vector<Listen>& listen, Listener& listener,
               TransportLimits limits = {}, Security security = {});
    ~Transports() override;
    Transports(const Transports&) = delete;  // pending reads point back here
    Transports& operator=(const Transports&) = delete;

    /// UDP: queued, flushed by one sendmmsg at the end of the loop turn, from the socket that holds
    /// flow.local (an unspecified local address: the kernel chooses). Else queued on the connection.
    void send(const Flow& flow, std::string bytes) override;
    /// A connection: what was queued is still sent, nothing more is read. UDP: nothing.
    void close(const Flow& flow) override;
    void keep(const Flow& flow) override;
    /// A flow to `remote`: over the UDP socket, or the connection opened there before, or a new one. Nothing:
    /// we do not listen on this transport and family (where would answers come to?), or a bound is reached.
    /// TLS: a peer that is not who was expected fails the flow, and gets nothing of what was sent on it.
    /// Without an expectation, the key last met there as expected is expected again: what goes on in a dialog
    /// is no worse protected than its first request.
    [[nodiscard]] std::optional<Flow> reach(Transport transport, const Endpoint& remote,
                                            const PeerExpectation& peer = {}) override;
    [[nodiscard]] std::optional<Flow> again(const Flow& flow) override;
    /// Connects to a relay, says the header of a pipe, and is then called over it as if whoever waits there
    /// had connected to us. False: a bound is reached, or there is no socket for it.
    bool answer(const Endpoint& relay, std::string header);
    /// Its caller came through a relay, whose address the remote one is.
    [[nodiscard]] bool relayed(const Flow& flow) const;
    /// Of a connection that we opened through a relay (PeerExpectation::through); else empty.
    [[nodiscard]] std::string token(const Flow& flow) const;
    void ping(const Flow& flow) override;
    [[nodiscard]] std::optional<Flow> connection_to(const KeyHash& key) const override;
    /// What the other end of an open TLS connection has proved; nothing when it showed no certificate.
    [[nodiscard]] std::optional<PeerIdentity> peer(const Flow& flow) const override;
    /// Of new connections; those that are open keep theirs.
    void use(std::shared_ptr<const TlsCredentials> credentials);
    [[nodiscard]] bool alive(const Flow& flow) const override;
    [[nodiscard]] std::vector<Listen> bound() const;  // with the ports that were chosen
    /// "All IPv6 addresses", which are none where the kernel has no IPv6.
    [[nodiscard]] std::vector<Listen> passed_over() const;
    [[nodiscard]] TransportCounters counters() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace sip
