// sip/syntax/display_name.cpp - what Unicode says of each character, from libunistring.
#include "sip/syntax/display_name.hpp"

#include <unictype.h>
#include <unistr.h>

#include <utility>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/quoted_string.hpp"

namespace sip {
namespace {

constexpr std::size_t max_characters = 40;

const std::uint8_t* bytes_of(std::string_view text) noexcept {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

/// Controls, line ends of Unicode, what turns the direction of writing (UAX #9), and what takes no room:
/// joiners, soft hyphens, fillers, tags.
bool hides(ucs4_t c) {
    constexpr std::uint32_t unseen =
        UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp;
    return uc_is_general_category_withtable(c, unseen) || uc_is_property_default_ignorable_code_point(c);
}

std::string unquoted(std::string_view name) {
    name = grammar::trim(name);
    auto text = take_quoted(name);
    return text ? std::move(*text) : std::string(name);
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    return u8_check(bytes_of(text), text.size()) == nullptr;
}

std::string plain_display(std::string_view display_name) {
    const std::string text = unquoted(display_name);
    std::string plain;
    std::size_t characters = 0;
    for (std::string_view rest = text; !rest.empty() && characters < max_characters;) {
        ucs4_t c = 0;
        const int size =
            u8_mbtoucr(&c, bytes_of(rest), rest.size());  // negative: no UTF-8, of which one byte is left out
        const std::size_t bytes = size > 0 ? static_cast<std::size_t>(size) : 1;
        if (size > 0 && !hides(c)) {
            plain += rest.substr(0, bytes);
            ++characters;
        }
        rest.remove_prefix(bytes);
    }
    return std::string(grammar::trim(plain));
}

}  // namespace sip
