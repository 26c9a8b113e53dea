// sip/transaction/reply_flow.hpp - where the response to a request goes (RFC 3261 §18.2.2, RFC 3581 §4).
#pragma once

#include "sip/flow.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

/// Streams: the same connection. UDP: the source address, with the source port when the topmost Via asked for
/// rport, else the port of its sent-by. A maddr is ignored: nobody may make us send to a third party.
[[nodiscard]] Flow reply_flow(const MessageView& request, const Flow& came_on);

}  // namespace sip
