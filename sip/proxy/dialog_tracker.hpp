// sip/proxy/dialog_tracker.hpp - what a request that is passed on, and what comes back, mean for their
// dialog. The table of dialogs, and whoever looks after the sound of the call, hear of each message on its
// way; by them it has another body, or another Record-Route, than the one that came. SIP loop only.
#pragma once

#include <optional>
#include <string>

#include "sip/proxy/dialogs.hpp"
#include "sip/proxy/proxy_host.hpp"
#include "sip/proxy/response_context.hpp"

namespace sip {

class DialogTracker {
public:
    /// Borrows both.
    DialogTracker(Dialogs& dialogs, ProxyHost& host) : dialogs_(dialogs), host_(host) {}

    /// What changes of the request on its way to this hop of `target`.
    [[nodiscard]] MediaPath::Passed request(const ResponseContext& c, std::size_t target, const Hop& hop,
                                            const Flow& flow);
    /// The body of an ACK to a 2xx, in place of the one that came.
    [[nodiscard]] std::optional<std::string> ack(const MessageView& ack, const Flow& came_on, const Hop& hop,
                                                 const Flow& flow);
    /// The response as the caller is to have it. Who answers is remembered, if that makes a dialog.
    [[nodiscard]] std::string response(const ResponseContext& c, const Branch& b,
                                       const MessageView& response);
    /// That is the answer to the caller. `best.bytes` is empty where nobody has said anything.
    void refused(const ResponseContext& c, const Refusal& best);
    /// The request has had its answer: if it is a BYE, the dialog is over.
    void hung_up(const ResponseContext& c);

private:
    Dialogs& dialogs_;
    ProxyHost& host_;
};

}  // namespace sip
