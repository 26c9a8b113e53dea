// sip/syntax/quoted_string.hpp - text in quotes, and out of them (RFC 3261 §25.1 quoted-string).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sip {

/// `text` as a quoted-string that shows it. Controls are left out: one could end the line.
[[nodiscard]] std::string quote(std::string_view text);

/// Takes a quoted-string off the front of `rest`, and gives what it shows: whatever bytes stand there, also
/// such as §25.1 does not allow. Nothing, and `rest` as it was: there is none, or it does not end.
[[nodiscard]] std::optional<std::string> take_quoted(std::string_view& rest);

}  // namespace sip
