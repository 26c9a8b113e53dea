// sip/syntax/letter_case.cpp - by the table of grammar.hpp, not by the locale.
#include "sip/syntax/letter_case.hpp"

#include <algorithm>

#include "sip/syntax/grammar.hpp"

namespace sip {

bool equal_nocase(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i] && grammar::lower(a[i]) != grammar::lower(b[i])) return false;
    }
    return true;
}

std::string lowercase(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), grammar::lower);
    return out;
}

}  // namespace sip
