// node/daemon/sip_side_parts.hpp - what more than one of node/sip_side*.cpp needs, and nobody else.
#pragma once

#include <array>
#include <cstdint>

#include "node/daemon/sip_side.hpp"

namespace node {

/// The sockets as the edge sees them.
class SipSide::Sockets : public sip::Output {
public:
    explicit Sockets(sip::Transports& transports) : transports_(transports) {}
    void send(const sip::Flow& flow, std::string bytes) override { transports_.send(flow, std::move(bytes)); }
    void close(const sip::Flow& flow) override { transports_.close(flow); }
    std::optional<sip::Flow> reach(sip::Transport transport, const sip::Endpoint& remote) override {
        return transports_.reach(transport, remote);
    }
    std::optional<sip::Flow> reach_peer(sip::Transport transport, const sip::Endpoint& remote,
                                        const sip::PeerExpectation& peer) override {
        return transports_.reach(transport, remote, peer);
    }
    [[nodiscard]] std::optional<sip::PeerIdentity> peer(const sip::Flow& flow) const override {
        return transports_.peer(flow);
    }
    [[nodiscard]] bool alive(const sip::Flow& flow) const override { return transports_.alive(flow); }

private:
    sip::Transports& transports_;
};

}  // namespace node
