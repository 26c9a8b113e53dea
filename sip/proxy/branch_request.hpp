// sip/proxy/branch_request.hpp - what one branch changes of the request that is forwarded (RFC 3261 §16.6):
// values in, values out. forwarded_message.hpp writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/output.hpp"
#include "sip/proxy/flow_tokens.hpp"
#include "sip/proxy/forward_request.hpp"
#include "sip/proxy/proxy_host.hpp"

namespace sip {

struct BranchRequest {
    std::string request_uri;
    std::string via;                        // our value, branch included
    std::vector<std::string> record_route;  // to be put on top, topmost first
    std::vector<std::string> route;         // all of it; the fields that stood there are left out
    std::string_view own_realm;             // credentials for it are meant for us, and go no further
    std::optional<std::uint32_t> breadth;   // Max-Breadth; nothing: as it stands
    const FromRewrite* rewrite = nullptr;   // what the other side is shown of From or To; null: as it stands
    bool from_stranger = false;             // what commands a phone is left out
    std::optional<std::string> body;        // instead of the one that came
    // Null: as they stand.
    const std::string* refer_to = nullptr;
    const std::string* session_expires = nullptr;  // to be added
};

/// The flow to send on; nothing: this hop is none (any more).
[[nodiscard]] std::optional<Flow> flow_of(const Hop& hop, Output& output);

/// Through a relay: the connection is the only way to whoever is there.
[[nodiscard]] bool relayed(const Hop& hop);

/// Where TCP could be tried for a request that is too large for a datagram; nothing: only this flow leads
/// there.
[[nodiscard]] std::optional<Endpoint> tcp_instead(const Hop& hop, const Flow& flow);

/// Request-URI, Via and Route (steps 2, 6 and 8) for this hop over this flow: all that an ACK changes.
[[nodiscard]] BranchRequest branch_request(const Hop& hop, const Flow& flow, const std::string& branch);

/// Our Record-Route values (step 4), topmost first; none when both ends can do without us.
[[nodiscard]] std::vector<std::string> recorded_route(const ForwardRequest& forward, const Hop& hop,
                                                      const Flow& flow, const FlowTokens& tokens,
                                                      const ProxyHost& host);

}  // namespace sip
