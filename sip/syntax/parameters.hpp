// sip/syntax/parameters.hpp - lists like "a=b;c;d=\"x;y\"" (RFC 3261 §25.1 generic-param and uri-parameter),
// as views into the text that was given.
#pragma once

#include <optional>
#include <string_view>

namespace sip {

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

}  // namespace sip
