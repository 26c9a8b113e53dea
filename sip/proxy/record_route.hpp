// sip/proxy/record_route.hpp - whether we stay in a dialog, and under which names (RFC 3261 §16.6 step 4, RFC
// 5658). Two URIs, one a side, each with the flow of its side in its user part: RFC 5658 has two where the
// transports differ, and a flow token is needed for each side anyway. Who sends into the dialog names first
// the URI of its own side, then that of the other. The callee gets them in the request, sealed for him; in
// what he answers they are sealed anew, for the caller, so that neither side ever has the other's.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "sip/network_kind.hpp"
#include "sip/proxy/flow_tokens.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

/// Is `uri` the very endpoint that this flow leads to? Then no NAT stands between.
[[nodiscard]] bool stands_at(const Flow& flow, std::string_view uri);

struct RecordedSides {
    Flow caller, callee;
    Endpoint caller_meets, callee_meets;  // our own address, as the other end of that flow can use it
    bool caller_is_phone = false;    // one of ours, or a phone that came straight: its flow is the way back
    bool callee_is_phone = false;    // reached over the flow it registered on
    bool caller_is_ours = false;     // authenticated as one of our users
    bool callee_is_relayed = false;  // reached through a relay: nothing but this flow leads there
};

/// The values to put on top of Record-Route of the request, topmost (the callee's side) first. `dialog`:
/// whose callee is not known yet.
[[nodiscard]] std::vector<std::string> record_route(const FlowTokens& tokens, const RecordedSides& sides,
                                                    const DialogTags& dialog,
                                                    std::chrono::sys_seconds expires);

/// Record-Route of a response, as the caller is to have it.
struct AnsweredRoute {
    std::vector<std::string> values;  // all of them; ours are now for him, and bound to both tags
    std::vector<std::string> beyond;  // the Route from us to the callee
    bool ours = false;                // we stand in it
};
/// None for a refusal, and for a response without a To tag: it makes no dialog, and there is nothing that a
/// route could be for.
[[nodiscard]] AnsweredRoute answered_route(const MessageView& response, const FlowTokens& tokens);

/// False when both ends can surely talk to each other without us: plain UDP on both sides, in one family and
/// one kind of network, and each at the very address of its Contact (`callee_uri` for the callee's), and the
/// caller does not ask for its flow (RFC 5626 §4.3, ;ob). Then nothing of ours is needed after the 2xx.
/// `stays`: it is wanted anyway. Only requests that make dialogs are ever recorded.
[[nodiscard]] bool must_record_route(const MessageView& request, const RecordedSides& sides,
                                     std::string_view callee_uri, bool stays);

}  // namespace sip
