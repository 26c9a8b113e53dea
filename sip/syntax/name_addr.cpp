// sip/syntax/name_addr.cpp - name-addr and addr-spec (RFC 3261 §20, §25.1).
#include "sip/syntax/name_addr.hpp"

#include <algorithm>

#include "sip/syntax/grammar.hpp"

namespace sip {
namespace {

// §25.1 display-name = *(token LWS) / quoted-string. Liberal: any character that ends nothing, UTF-8 too. Not
// a comma: RFC 4475 §3.1.2.15 shows why it is not to be guessed at. Nor a colon, or separators alone: then it
// is the rest of something else ("<sip:a@b>;expires=390,: <sip:c@d>").
bool valid_bare_name(std::string_view text) noexcept {
    const auto says_something = [](char c) {
        return grammar::is(c, grammar::token) || static_cast<unsigned char>(c) >= 0x80;
    };
    return text.find_first_of("\",:;<>") == std::string_view::npos &&
           (text.empty() || std::any_of(text.begin(), text.end(), says_something)) &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return grammar::is_control(c) && !grammar::is_lws(c); });
}

std::optional<NameAddrView> with_parameters(NameAddrView out, std::string_view after) noexcept {
    after = grammar::trim(after);
    if (after.empty()) return out;
    if (after.front() != ';') return std::nullopt;
    out.parameters = grammar::trim(after.substr(1));
    if (!grammar::valid_parameters(out.parameters)) return std::nullopt;
    return out;
}

std::optional<NameAddrView> parse_brackets(std::string_view display_name, std::string_view rest) noexcept {
    // REQUIRES: rest starts with '<'
    const std::size_t close = rest.find('>');
    if (close == std::string_view::npos) return std::nullopt;
    return with_parameters({display_name, rest.substr(1, close - 1), {}}, rest.substr(close + 1));
}

std::optional<NameAddrView> parse_name_addr(std::string_view text) noexcept {
    if (text.starts_with('"')) {
        const std::size_t end = grammar::skip_quoted(text, 0);
        if (end == std::string_view::npos) return std::nullopt;
        const std::string_view rest = grammar::trim_left(text.substr(end));
        if (!rest.starts_with('<')) return std::nullopt;
        return parse_brackets(text.substr(0, end), rest);
    }
    if (const std::size_t open = text.find_first_of("<;");
        open != std::string_view::npos && text[open] == '<') {
        const std::string_view display_name = grammar::trim(text.substr(0, open));
        if (!valid_bare_name(display_name)) return std::nullopt;
        return parse_brackets(display_name, text.substr(open));
    }
    const std::size_t semicolon = text.find(';');
    const std::string_view uri = grammar::trim(text.substr(0, semicolon));
    if (uri.empty() || uri.find_first_of("?,\">") != std::string_view::npos) return std::nullopt;
    return with_parameters({{}, uri, {}}, semicolon == std::string_view::npos ? "" : text.substr(semicolon));
}

}  // namespace

Result<NameAddrView> NameAddrView::parse(std::string_view text) {
    if (const auto parsed = parse_name_addr(grammar::trim(text))) return *parsed;
    return fail(Errc::bad_name_addr);
}

std::optional<std::string_view> NameAddrView::parameter(std::string_view name) const noexcept {
    return find_parameter(parameters, name);
}

std::string_view uri_in(std::string_view address) noexcept {
    const auto parsed = NameAddrView::parse(address);
    return parsed ? parsed->uri : std::string_view{};
}

}  // namespace sip
