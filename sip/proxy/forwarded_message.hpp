// sip/proxy/forwarded_message.hpp - a message as a proxy passes it on (RFC 3261 §16.6, §16.7): text in, text
// out. What is not the proxy's business is said again as it stands, in its order, a field a line; the body
// too, unless another is given (media/media_path.hpp). Where the message ends is said anew: Content-Length is
// that of the body that follows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sip/flow.hpp"
#include "sip/proxy/branch_request.hpp"
#include "sip/syntax/message.hpp"

namespace sip {

inline constexpr unsigned default_hops = 70;  // RFC 3261 §16.6 step 3, for a request without Max-Forwards

/// REQUIRES: check() found no fault; Max-Forwards, when there, is not 0.
[[nodiscard]] std::string forwarded_request(const MessageView& request, const Flow& came_on,
                                            const BranchRequest& branch);

/// From and To of a request, as its sender wrote them.
struct RequestNames {
    explicit RequestNames(const MessageView& request);
    [[nodiscard]] std::size_t bytes() const noexcept { return from.size() + to.size(); }
    std::string from, to;
    bool to_has_tag = false;
};

/// What a response is changed by, beside losing its topmost Via value. Borrows.
struct ResponseChanges {
    // RFC 3261 §8.2.6.2: it repeats From, and To but for the tag. Whoever answers could else write himself
    // another name there, and some phones show it. Null: as they stand.
    const RequestNames* names = nullptr;
    const std::vector<std::string>* record_route = nullptr;  // what stands there instead
    bool from_stranger = false;                              // what commands a phone is left out
    const std::string* body = nullptr;                       // what stands there instead
    const std::string* session_expires = nullptr;            // to be added (session_timer.hpp); null: none
};
/// REQUIRES: check() found no fault.
[[nodiscard]] std::string forwarded_response(const MessageView& response,
                                             const ResponseChanges& changes = {});

/// A response with each challenge of `others` added (§16.7 step 7); their own are there already.
[[nodiscard]] std::string with_challenges(std::string_view response, const std::vector<std::string>& others);

/// The values of Route (or another list of addresses), top to bottom.
[[nodiscard]] std::vector<std::string> addresses_of(const MessageView& message, Header list);

}  // namespace sip
