// sip/syntax/uri_equivalence.hpp - when two URIs mean the same (RFC 3261 §19.1.4).
#pragma once

#include <string_view>

#include "sip/syntax/uri.hpp"

namespace sip {

/// URI equality of §19.1.4: used to recognise a binding's Contact.
bool equivalent(const UriView& a, const UriView& b);

/// Two names of parameters, any case, escapes undone: ";%6C%72" is ";lr" (RFC 4475 §3.1.1.3).
bool same_escaped(std::string_view a, std::string_view b) noexcept;

}  // namespace sip
