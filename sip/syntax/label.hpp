// sip/syntax/label.hpp - the one spelling of a local user: unescaped, lowercase, [a-z0-9._+-]{1,63}.
// Whatever does not become a label is nobody here; so %00, '@' or a second spelling cannot alias a user.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sip {

/// `user` is the user part of a URI, still escaped; it is unescaped once (RFC 4475 §3.1.1.3).
[[nodiscard]] std::optional<std::string> canonical_label(std::string_view user);
[[nodiscard]] bool is_label(std::string_view text) noexcept;  // already canonical

}  // namespace sip
