// sip/proxy/ticket_maker.hpp - a caller's ticket (;tk= of a Request-URI) proves a call with one body. Where
// another body goes out (media/media_path.hpp), it is made for that one. sip/ knows nothing else of tickets.
#pragma once

#include <string>
#include <string_view>

#include "sip/syntax/message.hpp"

namespace sip {

class TicketMaker {
public:
    TicketMaker() = default;
    virtual ~TicketMaker() = default;
    TicketMaker(const TicketMaker&) = delete;  // shared by the hops of a call
    TicketMaker& operator=(const TicketMaker&) = delete;
    /// The text of the ticket; empty: none can be made.
    [[nodiscard]] virtual std::string make(const MessageView& request, std::string_view body) const = 0;
};

/// `uri` with this ticket in the place of its own; one without stays as it is.
[[nodiscard]] std::string with_ticket(std::string_view uri, std::string_view ticket);

}  // namespace sip
