// sip/output.hpp - where the cores put what is to leave: the sockets in the daemon, a list in a test.
#pragma once

#include <optional>
#include <string>

#include "sip/flow.hpp"
#include "sip/peer.hpp"

namespace sip {

/// What leaves the core. Called from inside the core's functions; must not call back into it.
class Output {
public:
    virtual ~Output() = default;
    virtual void send(const Flow& flow, std::string bytes) = 0;
    virtual void close(const Flow& flow) = 0;  // a stream that cannot be trusted any more
    /// Somebody has logged in on this connection, or has a call or dialog under way over it: it stays when
    /// others have to make room.
    virtual void keep(const Flow& /*flow*/) {}
    /// The flow to `remote`: UDP's from the address of ours that suits, a connection that we opened to the
    /// very endpoint before, or a new one that begins to connect (what is sent on it waits). Nothing: no
    /// socket for this transport and family, or a bound is reached. That it fails later is told by
    /// Edge::flow_failed().
    /// `peer`: who must be there; over TLS alone. A connection to another peer at that endpoint is not used.
    virtual std::optional<Flow> reach(Transport /*transport*/, const Endpoint& /*remote*/,
                                      const PeerExpectation& /*peer*/ = {}) {
        return std::nullopt;
    }
    /// For a connection of ours through a relay (PeerExpectation::through) that has ended: another to the
    /// same peer. Nothing: it is of another kind, or forgotten.
    virtual std::optional<Flow> again(const Flow& /*flow*/) { return std::nullopt; }
    /// A sign of life on a connection (RFC 5626 §4.4.1); one whose peer has answered such signs, and then
    /// does not, has ended.
    virtual void ping(const Flow& /*flow*/) {}
    /// The newest connection whose other end has proved to hold this key.
    [[nodiscard]] virtual std::optional<Flow> connection_to(const KeyHash& /*key*/) const {
        return std::nullopt;
    }
    /// What the other end of this connection has proved. Nothing: it is not TLS, has ended, or showed no
    /// certificate.
    [[nodiscard]] virtual std::optional<PeerIdentity> peer(const Flow&) const { return std::nullopt; }
    /// Will a request on it get its answer? False: a connection that has ended, or whose peer has ended its
    /// side.
    [[nodiscard]] virtual bool alive(const Flow&) const { return true; }
};

}  // namespace sip
