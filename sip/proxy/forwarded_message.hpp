// sip/proxy/forwarded_message.hpp - a message as a proxy passes it on (RFC 3261 §16.6, §16.7): text in, text
// out. What is not the proxy's business is copied as it stands, in its order; the body is not even looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/flow.hpp"
#include "sip/proxy/from_rewrite.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

inline constexpr std::uint32_t default_breadth = 60;  // RFC 5393 §5.3.3.2
inline constexpr unsigned default_hops = 70;  // RFC 3261 §16.6 step 3, for a request without Max-Forwards

/// What one branch changes.
struct Onward {
    std::string request_uri;
    std::string via;                        // our value, branch included
    std::vector<std::string> record_route;  // to be put on top, topmost first
    std::vector<std::string> route;         // all of it; the fields that stood there are left out
    std::string own_realm;                  // credentials for it are meant for us, and go no further
    std::optional<std::uint32_t> breadth;   // Max-Breadth; nothing: as it stands
    std::optional<Relabel> relabel;         // what the other side is shown of From or To
};

/// REQUIRES: check() found no fault; Max-Forwards, when there, is not 0.
[[nodiscard]] std::string forwarded_request(const MessageView& request, const Flow& came_on,
                                            const Onward& onward);

/// Without its topmost Via value. `relabel`: of the request; its sender gets his own words back.
[[nodiscard]] std::string forwarded_response(const MessageView& response,
                                             const std::optional<Relabel>& relabel = {});

/// A response with each challenge of `others` added (§16.7 step 7); their own are there already.
[[nodiscard]] std::string with_challenges(std::string_view response, const std::vector<std::string>& others);

/// The values of Route (or another list of addresses), top to bottom.
[[nodiscard]] std::vector<std::string> addresses_of(const MessageView& message, Header list);

}  // namespace sip
