// overlay/lookup_trace.cpp - locations for people.
#include "overlay/lookup_trace.hpp"

namespace overlay {

std::string to_hex(const Location& location) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const auto byte : location) {
        text += digits[byte >> 4U];
        text += digits[byte & 0x0fU];
    }
    return text;
}

}  // namespace overlay
