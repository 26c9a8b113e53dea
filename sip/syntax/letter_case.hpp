// sip/syntax/letter_case.hpp - SIP compares most of its words in any case (RFC 3261 §7.3.1), in ASCII only.
#pragma once

#include <string>
#include <string_view>

namespace sip {

bool equal_nocase(std::string_view a, std::string_view b) noexcept;
std::string lowercase(std::string_view text);

}  // namespace sip
