// sip/syntax/uri.hpp - SIP URIs (RFC 3261 §19.1), as views into the text they came from. When two mean the
// same: uri_equivalence.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/error.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {

/// Every view borrows the text given to parse(). For schemes other than sip and sips only `scheme` and `text`
/// are set.
struct UriView {
    std::string_view text;      // all of it
    std::string_view scheme;    // as written; compare with is_sip()
    std::string_view user;      // still escaped; may hold ';' and '?'; without password
    std::string_view password;  // still escaped
    std::string_view host;      // IPv6 literals without brackets
    bool host_is_ipv6 = false;
    std::optional<std::uint16_t> port;
    std::string_view parameters;  // "a=b;lr", without the first ';'
    std::string_view headers;     // after '?'

    [[nodiscard]] static Result<UriView> parse(std::string_view text);  // Error: bad_uri
    [[nodiscard]] bool is_sip() const noexcept;                         // sip or sips
    [[nodiscard]] bool is_sips() const noexcept;
    /// The raw value; an empty view for a parameter without one. Name in any case.
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

/// %HH decoded once; malformed escapes are left as they are. NUL bytes survive (RFC 4475 §3.1.1.4).
std::string unescape(std::string_view text);
/// Escapes what may not stand in a user part (§25.1 user).
std::string escape_user(std::string_view text);

}  // namespace sip
