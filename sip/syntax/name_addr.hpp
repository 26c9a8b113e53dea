// sip/syntax/name_addr.hpp - name-addr and addr-spec (RFC 3261 §20, §25.1), as views into the text they came
// from.
#pragma once

#include <optional>
#include <string_view>

#include "sip/error.hpp"
#include "sip/syntax/parameters.hpp"

namespace sip {

/// name-addr or addr-spec with the header parameters that follow, as in To, From, Contact, Route.
/// Without <> everything from the first ';' on is a header parameter (§20), and '?' or ',' is an error.
struct NameAddrView {
    std::string_view display_name;  // quotes and escapes still in place
    std::string_view uri;           // not yet parsed
    std::string_view parameters;    // without the first ';'

    [[nodiscard]] static Result<NameAddrView> parse(std::string_view text);  // Error: bad_name_addr
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

/// The URI in "<uri>;params" or "uri"; empty when there is none.
[[nodiscard]] std::string_view uri_in(std::string_view address) noexcept;

}  // namespace sip
