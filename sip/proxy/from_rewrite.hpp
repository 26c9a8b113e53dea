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
// Bounded: of 4,096 dialogs the oldest are forgotten, and with a restart all: then their URIs pass as they
// are. SIP loop only.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "sip/recent_map.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

/// What the callee's phone is to be shown, instead of what the caller wrote into From.
struct CallerMark {
    std::string display;    // plain UTF-8, without control characters
    std::string uri;        // a SIP URI; empty: the caller's own stays
    bool asserted = false;  // `uri` is verified: P-Asserted-Identity says it too (RFC 3325 §5)
    [[nodiscard]] bool empty() const noexcept { return display.empty() && uri.empty(); }
};

/// A From or To that the other side of us knows as another.
struct FromRewrite {
    Header header = Header::from;
    std::string own;       // as who sends this request writes it, and gets it back in the responses
    std::string shown;     // as who receives it is shown it
    std::string asserted;  // a value of P-Asserted-Identity to add to the request; empty: none
};

/// How `mark` changes the request's From. Its tag is kept, as far as it can be read.
[[nodiscard]] FromRewrite rewritten_from(const MessageView& request, const CallerMark& mark);

class RewrittenDialogs {
public:
    static constexpr std::size_t max_dialogs = 4096;

    /// A request that makes a dialog was marked so.
    void remember(const MessageView& request, const FromRewrite& rewrite);
    /// For a request inside of a dialog, of either side.
    [[nodiscard]] std::optional<FromRewrite> find(const MessageView& request) const;
    [[nodiscard]] std::size_t size() const noexcept { return dialogs_.size(); }

private:
    using Id = std::pair<std::string, std::string>;  // Call-ID, the caller's tag
    struct Dialog {
        std::string own, shown;
    };
    RecentMap<Id, Dialog> dialogs_{max_dialogs};
};

/// Written by whoever sent the message, and believed by phones: taken out of all that we pass on.
[[nodiscard]] bool claims_identity(const HeaderField& field);

}  // namespace sip
