// sip/syntax/label.cpp - the one spelling of a local user.
#include "sip/syntax/label.hpp"

#include <algorithm>

#include "sip/syntax/uri.hpp"

namespace sip {

bool is_label(std::string_view text) noexcept {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '+' ||
               c == '-';
    };
    return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), good);
}

std::optional<std::string> canonical_label(std::string_view user) {
    if (user.size() > std::size_t{3} * 63) return std::nullopt;  // longer than a label of escapes only
    std::string label = lowercase(unescape(user));
    if (!is_label(label)) return std::nullopt;
    return label;
}

}  // namespace sip
