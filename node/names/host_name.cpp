// node/names/host_name.cpp - the preferred syntax of RFC 1123 §2.1, and the underscore that service names
// have.
#include "node/names/host_name.hpp"

namespace node {
namespace {

bool is_letter_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_host_name(std::string_view text) noexcept {
    if (text.empty() || text.size() > 253) return false;
    std::size_t label = 0;
    for (const char c : text) {
        if (c == '.') {
            if (label == 0) return false;
            label = 0;
        } else if (!(is_letter_digit(c) || c == '-' || c == '_') || ++label > 63) {
            return false;
        }
    }
    return label > 0;
}

bool ends_in_a_number(std::string_view host) noexcept {
    if (host.ends_with('.')) host.remove_suffix(1);
    std::string_view last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0: the whole
    const bool hex = last.starts_with("0x") || last.starts_with("0X");
    if (hex) last.remove_prefix(2);
    const std::string_view digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
    return (hex || !last.empty()) && last.find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace node
