// sip/transaction/reply_flow.cpp - where the response to a request goes.
#include "sip/transaction/reply_flow.hpp"

namespace sip {

Flow reply_flow(const MessageView& request, const Flow& came_on) {
    Flow flow = came_on;
    if (flow.transport != Transport::udp) return flow;
    const auto via = request.top_via();
    if (!via) return flow;  // nothing better is known than where it came from
    if (via->parameter("rport")) return flow;
    const std::uint16_t port = via->port.value_or(5060);
    if (port != 0) flow.remote.port = port;
    return flow;
}

}  // namespace sip
