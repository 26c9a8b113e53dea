// sip/syntax/display_name.hpp - the names that people read on a phone. Whoever calls writes his own: what of
// it is shown is decided here, for everybody.
#pragma once

#include <string>
#include <string_view>

namespace sip {

/// RFC 3629: no surrogates, no longer form than needed.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// For a claimed display name: unquoted, valid UTF-8 of at most 40 characters without controls, without
/// those that turn the direction of writing, so that what is put before it stays before it, and without those
/// that take no room, so that two names that look alike are alike.
[[nodiscard]] std::string plain_display(std::string_view display_name);

}  // namespace sip
