// sip/syntax/header_values.hpp - Via, CSeq, numbers and lists of values (RFC 3261 §20, §25.1), parsed on
// demand. Views into the text that was given.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sip/error.hpp"
#include "sip/syntax/name_addr.hpp"

namespace sip {

struct Via {
    std::string_view transport;  // "UDP"
    std::string_view host;       // IPv6 without brackets
    bool host_is_ipv6 = false;
    std::optional<std::uint16_t> port;
    std::string_view parameters;
    [[nodiscard]] static Result<Via> parse(std::string_view value);  // Error: bad_via
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view n) const noexcept {
        return find_parameter(parameters, n);
    }
    [[nodiscard]] std::string_view branch() const noexcept;  // empty when absent
};

struct CSeq {
    std::uint32_t number = 0;
    std::string_view method;
    [[nodiscard]] static Result<CSeq> parse(std::string_view value);  // Error: bad_cseq
};

/// Non-negative decimal of at most `max`; surrounding white space allowed. Error: bad_number.
[[nodiscard]] Result<std::uint32_t> parse_number(std::string_view text, std::uint32_t max = 0xffffffff);

/// Walks comma-separated values of one field. Returns the next value and shortens `rest`.
std::string_view next_value(std::string_view& rest) noexcept;

}  // namespace sip
