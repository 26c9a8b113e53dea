// sip/syntax/uri.cpp - parses SIP URIs, and escapes and unescapes what stands in them.
#include "sip/syntax/uri.hpp"

#include <algorithm>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/parameters.hpp"
#include "sip/syntax/uri_equivalence.hpp"

namespace sip {
namespace {

using grammar::is;

bool valid_scheme(std::string_view s) noexcept {  // ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
    const auto alpha = [](char c) { return grammar::lower(c) >= 'a' && grammar::lower(c) <= 'z'; };
    const auto fits = [alpha](char c) {
        return alpha(c) || is(c, grammar::digit) || c == '+' || c == '-' || c == '.';
    };
    return !s.empty() && alpha(s.front()) && std::all_of(s.begin(), s.end(), fits);
}

// absoluteURI (§25.1, RFC 2396) is not judged beyond what could end it in a header.
bool valid_opaque(std::string_view s) noexcept {
    const auto ends = [](char c) {
        return grammar::is_control(c) || c == ' ' || c == '<' || c == '>' || c == '"' ||
               static_cast<std::uint8_t>(c) >= 0x80;
    };
    return !s.empty() && std::none_of(s.begin(), s.end(), ends);
}

bool valid_uri_parameters(std::string_view text) noexcept {
    if (text.empty() || text.back() == ';') return false;
    if (std::any_of(text.begin(), text.end(), grammar::is_lws))
        return false;  // next_parameter() would forgive it
    while (!text.empty()) {
        const Parameter p = next_parameter(text);
        if (p.name.empty() || !grammar::all_or_escaped(p.name, grammar::parameter)) return false;
        if (!grammar::all_or_escaped(p.value, grammar::parameter)) return false;
    }
    return true;
}

/// After the '@', if there is one.
bool parse_userinfo(std::string_view info, UriView& out) noexcept {
    const std::size_t colon = info.find(':');
    out.user = info.substr(0, colon);
    if (out.user.empty() || !grammar::all_or_escaped(out.user, grammar::user)) return false;
    if (colon == std::string_view::npos) return true;
    out.password = info.substr(colon + 1);
    return grammar::all_or_escaped(out.password, grammar::password);
}

}  // namespace

Result<UriView> UriView::parse(std::string_view text) {
    UriView out;
    out.text = text;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return fail(Errc::bad_uri);
    out.scheme = text.substr(0, colon);
    if (!valid_scheme(out.scheme)) return fail(Errc::bad_uri);
    std::string_view rest = text.substr(colon + 1);
    if (!out.is_sip()) {
        if (!valid_opaque(rest)) return fail(Errc::bad_uri);
        return out;
    }

    // '@' cannot stand unescaped in any other part, while ';' and '?'
    // can stand in the user: so it is sought first.
    if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
        if (!parse_userinfo(rest.substr(0, at), out)) return fail(Errc::bad_uri);
        rest.remove_prefix(at + 1);
    }
    if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
        out.headers = rest.substr(mark + 1);
        rest = rest.substr(0, mark);
        if (out.headers.empty() || !grammar::all_or_escaped(out.headers, grammar::uri_header))
            return fail(Errc::bad_uri);
    }
    if (const std::size_t semicolon = rest.find(';'); semicolon != std::string_view::npos) {
        out.parameters = rest.substr(semicolon + 1);
        rest = rest.substr(0, semicolon);
        if (!valid_uri_parameters(out.parameters)) return fail(Errc::bad_uri);
    }
    const auto where = grammar::parse_host_port(rest, false);
    if (!where) return fail(Errc::bad_uri);
    out.host = where->host;
    out.host_is_ipv6 = where->is_ipv6;
    out.port = where->port;
    return out;
}

bool UriView::is_sip() const noexcept {
    return equal_nocase(scheme, "sip") || is_sips();
}
bool UriView::is_sips() const noexcept {
    return equal_nocase(scheme, "sips");
}

std::string unescape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && text.size() - i >= 3 && is(text[i + 1], grammar::hex) &&
            is(text[i + 2], grammar::hex)) {
            out += static_cast<char>(grammar::hex_value(text[i + 1]) * 16 + grammar::hex_value(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string escape_user(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is(c, grammar::user) && c != '#') {  // '#' is only tolerated, not written
            out += c;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::optional<std::string_view> UriView::parameter(std::string_view name) const noexcept {
    for (std::string_view rest = parameters; !rest.empty();) {
        const Parameter p = next_parameter(rest);
        if (same_escaped(p.name, name)) return p.value;  // RFC 4475 §3.1.1.3: ";%6C%72" is ";lr"
    }
    return std::nullopt;
}

}  // namespace sip
