// sip/proxy/from_rewrite.hpp - what a call of somebody from outside shows on our user's phone, and that
// neither end is confused by it.
//
// A phone shows From. So From's display name and URI are written anew for the phone, its tag stays, and
// whatever comes back has again what its sender knows: From in the responses to the caller, To in the
// requests of the callee, and so on for the whole dialog, as far as it comes through here.
//   RFC 3261 §16.6 has proxies leave From alone. We change it as the callee's own edge, for its own phone,
//     and hand back what was there: no element beyond us can tell.
//   RFC 3261 §12 matches a dialog by Call-ID and tags; §12.2.1.1 and RFC 4916 §1 let the URIs differ. Phones
//     of RFC 2543 compare the URIs as well, therefore the restoring, and the Record-Route
//     (ForwardRequest::stays): they would not find the dialog of a BYE that goes past us.
//   RFC 3325 §5: P-Asserted-Identity is written for who is verified. What others wrote there, and in
//     P-Preferred-Identity and Remote-Party-ID, is taken out of every message (forwarded_message.cpp): nobody
//     beyond us is in a trust domain with us.
// The names of a dialog are kept in dialogs.hpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sip/syntax/message.hpp"

namespace sip {

/// What the callee's phone is to be shown, instead of what the caller wrote into From.
struct CallerMark {
    std::string display;    // plain UTF-8, without control characters
    std::string uri;        // a SIP URI; empty: the caller's own stays
    bool asserted = false;  // `uri` is verified: P-Asserted-Identity says it too (RFC 3325 §5)
    bool known = false;  // one of the person's own: what he asks of the phone is passed on (commands_phone)
    [[nodiscard]] bool empty() const noexcept { return display.empty() && uri.empty(); }
};

/// A From or To that the other side of us knows as another.
struct FromRewrite {
    Header header = Header::from;
    std::string own;       // as who sends this request writes it, and gets it back in the responses
    std::string shown;     // as who receives it is shown it
    std::string asserted;  // a value of P-Asserted-Identity to add to the request; empty: none
};

inline constexpr std::string_view nobodys_uri = "sip:unverified@unverified.invalid";  // RFC 2606

/// How `mark` changes the request's From. Its tag is kept, as far as it can be read.
[[nodiscard]] FromRewrite rewritten_from(const MessageView& request, const CallerMark& mark);

/// Written by whoever sent the message, and believed by phones: taken out of all that we pass on.
[[nodiscard]] bool claims_identity(const HeaderField& field);

/// Tells the phone what to do, or whom to answer instead: pick up by itself (Call-Info's answer-after, RFC
/// 5373), ring so (Alert-Info), take another's place (RFC 3891, 3911), call back elsewhere (Reply-To).
/// Strangers may not.
[[nodiscard]] bool commands_phone(const HeaderField& field);

}  // namespace sip
