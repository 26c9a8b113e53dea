// sip/syntax/parameters.cpp - where one parameter ends.
#include "sip/syntax/parameters.hpp"

#include <algorithm>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace sip {

namespace {

Parameter split(std::string_view whole, std::size_t equals) noexcept {
    if (equals == std::string_view::npos) return {grammar::trim(whole), {}, false};
    return {grammar::trim(whole.substr(0, equals)), grammar::trim(whole.substr(equals + 1)), true};
}

}  // namespace

Parameter next_parameter(std::string_view& rest) noexcept {
    if (const auto plain = rest.substr(0, rest.find(';')); plain.find('"') == std::string_view::npos) {
        rest.remove_prefix(std::min(plain.size() + 1, rest.size()));
        return split(plain, plain.find('='));
    }
    std::size_t equals = std::string_view::npos;
    std::size_t i = 0;
    for (; i < rest.size() && rest[i] != ';'; ++i) {
        if (rest[i] == '=' && equals == std::string_view::npos) equals = i;
        if (rest[i] == '"') {
            const std::size_t end = grammar::skip_quoted(rest, i);
            if (end == std::string_view::npos) {
                i = rest.size();
                break;
            }
            i = end - 1;
        }
    }
    const std::string_view whole = rest.substr(0, i);
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return split(whole, equals);
}

std::optional<std::string_view> find_parameter(std::string_view parameters, std::string_view name) noexcept {
    while (!parameters.empty()) {
        const Parameter p = next_parameter(parameters);
        if (equal_nocase(p.name, name)) return p.value;
    }
    return std::nullopt;
}

}  // namespace sip
