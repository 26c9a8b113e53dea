// sip/syntax/uri.hpp - SIP URIs (RFC 3261 §19.1) and name-addr (§25.1), as views into the text they came
// from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sip/error.hpp"

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

/// URI equality of §19.1.4: used to recognise a binding's Contact.
bool equivalent(const UriView& a, const UriView& b);

/// name-addr or addr-spec with the header parameters that follow, as in To, From, Contact, Route.
/// Without <> everything from the first ';' on is a header parameter (§20), and '?' or ',' is an error.
struct NameAddrView {
    std::string_view display_name;  // quotes and escapes still in place
    std::string_view uri;           // not yet parsed
    std::string_view parameters;    // without the first ';'

    [[nodiscard]] static Result<NameAddrView> parse(std::string_view text);  // Error: bad_name_addr
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};

/// One of "a=b;c;d=\"x;y\"", white space around it taken off. Quoted values keep their quotes.
struct Parameter {
    std::string_view name;
    std::string_view value;
    bool has_value = false;
};
/// The first parameter of `rest`, which is shortened by it. REQUIRES: `rest` is not empty. Any text gives
/// something.
Parameter next_parameter(std::string_view& rest) noexcept;

/// Finds `name` (any case) in "a=b;c;d=\"x;y\"". Quoted values come with their quotes.
std::optional<std::string_view> find_parameter(std::string_view parameters, std::string_view name) noexcept;

bool equal_nocase(std::string_view a, std::string_view b) noexcept;
std::string lowercase(std::string_view text);

}  // namespace sip
