// node/names/host_name.hpp - what a host name looks like once it is ASCII (idn.hpp makes it so).
#pragma once

#include <string_view>

namespace node {

/// Letters, digits, hyphens, underscores; labels of 1..63, 253 in all; no trailing dot.
bool is_host_name(std::string_view text) noexcept;

/// Its last label is a number, as "300.1.2.3" or "0x7f": an address that is none. RFC 1123 §2.1: the highest
/// label of a host name has letters, so that the two can be told apart.
bool ends_in_a_number(std::string_view host) noexcept;

}  // namespace node
