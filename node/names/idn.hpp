// node/names/idn.hpp - host names in any script, as DNS wants them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace node {

/// "Bücher.example" -> "xn--bcher-kva.example": IDNA2008, non-transitional, after the mapping of UTS 46
/// (case, width, the ideographic full stop). Lowercase, without a trailing dot. IP addresses (IPv6 without
/// brackets) pass as they are. nullopt: no valid UTF-8, a label that IDNA refuses (also one written as xn--),
/// or what is no host name then. An all-ASCII label that does not start with xn-- is never refused by IDNA.
std::optional<std::string> to_ascii_host(std::string_view host);

}  // namespace node
