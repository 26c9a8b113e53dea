// node/media/stun_server_loop.hpp - a UDP port that answers STUN and nothing else (RFC 8489, 3478 by
// default), for phones that are set to ask: SIP's own UDP ports answer it as well. Each answer passes the
// gate that all answers to strangers pass. SIP loop only.
#pragma once

#include <asio/io_context.hpp>
#include <memory>
#include <vector>

#include "sip/transport/udp_transport.hpp"

namespace node {

class StunServerLoop final : private sip::Transports::Listener {
public:
    class Gate {
    public:
        [[nodiscard]] virtual bool may_answer(const sip::Flow& flow) = 0;

    protected:
        ~Gate() = default;
    };
    /// Where it cannot listen, that is logged, and it does without. Borrows the gate.
    StunServerLoop(asio::io_context& loop, const std::vector<sip::Endpoint>& at, Gate& gate);
    StunServerLoop(const StunServerLoop&) = delete;  // its sockets point back here
    StunServerLoop& operator=(const StunServerLoop&) = delete;

    [[nodiscard]] bool listens() const noexcept { return !sockets_.empty(); }
    [[nodiscard]] std::uint64_t answers() const noexcept { return counters_.stun_answers; }

private:
    void on_message(const sip::Flow&, std::string_view) override {}  // SIP has its own port
    [[nodiscard]] bool may_answer(const sip::Flow& flow) override { return gate_.may_answer(flow); }

    Gate& gate_;
    const sip::TransportLimits limits_;
    sip::TransportCounters counters_;
    std::vector<std::unique_ptr<sip::UdpTransport>> sockets_;
};

}  // namespace node
