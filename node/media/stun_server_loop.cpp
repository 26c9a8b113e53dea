// node/media/stun_server_loop.cpp - binds, and leaves the rest to the transport.
#include "node/media/stun_server_loop.hpp"

#include <spdlog/spdlog.h>

namespace node {

StunServerLoop::StunServerLoop(asio::io_context& loop, const std::vector<sip::Endpoint>& at, Gate& gate)
    : gate_(gate) {
    for (const auto& endpoint : at) {
        try {
            sockets_.push_back(std::make_unique<sip::UdpTransport>(
                loop, endpoint, static_cast<sip::Transports::Listener&>(*this), limits_, counters_));
        } catch (const std::system_error& error) {
            const bool no_ipv6 = endpoint.address.is_v6() && endpoint.address.is_unspecified() &&
                                 error.code() == std::errc::address_family_not_supported;
            if (no_ipv6) continue;  // as sip.listen does without
            spdlog::warn("media.stun_port: cannot listen on {}: {}; phones may ask SIP's own port",
                         sip::to_string(endpoint), error.code().message());
        }
    }
}

}  // namespace node
