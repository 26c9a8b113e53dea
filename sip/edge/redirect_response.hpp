// sip/edge/redirect_response.hpp - a route's answer in SIP's words (RFC 3261 §8.3, §20.43, §21.3).
#pragma once

#include <string_view>

#include "sip/answer.hpp"
#include "sip/edge/route.hpp"

namespace sip {

/// A 302 gets at most four Contacts, best q first, each in <> and in a field of its own. Contacts equal to
/// `request_uri` are left out, because the caller would only ask again; if that leaves none the answer is
/// 482. `our_name` is the agent of a Warning 399.
[[nodiscard]] Answer redirect_answer(const RouteAnswer& route, std::string_view request_uri,
                                     std::string_view our_name);

}  // namespace sip
