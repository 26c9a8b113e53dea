// sip/syntax/quoted_string.cpp - quoted pairs, there and back.
#include "sip/syntax/quoted_string.hpp"

#include "sip/syntax/grammar.hpp"

namespace sip {

std::string quote(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    out += '"';
    for (const char c : text) {
        if (grammar::is_control(c)) continue;
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out += '"';
}

std::optional<std::string> take_quoted(std::string_view& rest) {
    if (!rest.starts_with('"')) return std::nullopt;
    std::string text;
    for (std::size_t i = 1; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            rest.remove_prefix(i + 1);
            return text;
        }
        if (rest[i] == '\\' && ++i == rest.size()) break;
        text += rest[i];
    }
    return std::nullopt;
}

}  // namespace sip
