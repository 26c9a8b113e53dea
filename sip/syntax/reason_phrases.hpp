// sip/syntax/reason_phrases.hpp - the words beside a status code (RFC 3261 §21 and later).
#pragma once

#include <string_view>

namespace sip {

/// Of a status that nobody has named, the words of its class.
std::string_view default_reason(int status) noexcept;

}  // namespace sip
