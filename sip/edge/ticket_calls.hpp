// sip/edge/ticket_calls.hpp - what ties a caller's ticket (;tk=) to his call: hashes that the caller's edge
// and the callee's both make of the request. sip/ knows nothing else of tickets.
//   passed_on  SHA-256 of "hedgewitch/v1/ticket-call", Call-ID, From tag, body: for a call that its own edge
//              passes on. A body that was changed on the way, an SDP above all, is another call's.
//   bearer     SHA-256 of "hedgewitch/v1/ticket-from", user and host of From's URI (unescaped, lowercase):
//              for a phone that is told where to go. It chooses its own Call-ID, body and way.
// Each text has its length before it, u32be.
#pragma once

#include <array>
#include <cstdint>

#include "sip/syntax/message.hpp"

namespace sip {

struct TicketCalls {
    std::array<std::uint8_t, 32> bearer{}, passed_on{};
};

[[nodiscard]] TicketCalls ticket_calls(const MessageView& request);
/// With another body than it has.
[[nodiscard]] TicketCalls ticket_calls(const MessageView& request, std::string_view body);

}  // namespace sip
