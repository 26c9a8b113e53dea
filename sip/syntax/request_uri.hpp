// sip/syntax/request_uri.hpp - what of an address may stand in a Request-URI (RFC 3261 §19.1.1, table 1).
#pragma once

#include <string>
#include <string_view>

namespace sip {

/// Without what may not: headers, and a method (§16.6 step 2: they "MUST be removed"). A Contact may be
/// registered with them (RFC 4475 §3.3.14), and is called without. What is no SIP URI comes back as it is.
[[nodiscard]] std::string as_request_uri(std::string_view uri);

}  // namespace sip
