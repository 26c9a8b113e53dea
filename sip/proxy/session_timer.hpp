// sip/proxy/session_timer.hpp - what a proxy adds so that a call whose end is lost ends at last (RFC 4028
// §8): the phones repeat INVITE or UPDATE, and hang up when nobody answers. Values in, values out. Asked for
// is only where the caller's phone knows the timer and does not ask itself. What the phones want of each
// other passes as it stands.
#pragma once

#include <optional>
#include <string>

#include "sip/syntax/message.hpp"

namespace sip {

/// Session-Expires to add to this request. Nothing: it has one, or its sender knows no timer.
[[nodiscard]] std::optional<std::string> session_to_ask_for(const MessageView& request);

/// §8.2: is the 2xx to a request with such a Session-Expires of a phone that knows no timer? Then the
/// caller's alone refreshes: Session-Expires with refresher=uac, and Require: timer.
[[nodiscard]] bool knows_no_timer(const MessageView& response);

}  // namespace sip
