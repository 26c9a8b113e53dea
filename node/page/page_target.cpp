// node/page/page_target.cpp - decodes once, and looks at what came of it.
#include "node/page/page_target.hpp"

#include <algorithm>

#include "node/page/texts.hpp"
#include "sip/syntax/display_name.hpp"
#include "sip/syntax/grammar.hpp"
#include "sip/syntax/letter_case.hpp"

namespace node {
namespace {

constexpr std::size_t most_query_fields = 32;

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
    return std::nullopt;
}

bool is_clean(std::string_view text) {
    return sip::is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
           });
}

std::optional<std::string> decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
        if (!low) return std::nullopt;
        out += static_cast<char>(*high << 4U | *low);
        i += 2;
    }
    if (!is_clean(out)) return std::nullopt;
    return out;
}

bool is_path(std::string_view path) {
    if (!path.starts_with('/') || path.find('\\') != std::string_view::npos) return false;
    for (std::string_view rest = path.substr(1);;) {
        const auto slash = rest.find('/');
        const auto part = rest.substr(0, slash);
        if (part == "." || part == ".." || (part.empty() && slash != std::string_view::npos)) return false;
        if (slash == std::string_view::npos) return true;
        rest.remove_prefix(slash + 1);
    }
}

bool has_escaped_slash(std::string_view path) {
    return path.find("%2f") != std::string_view::npos || path.find("%2F") != std::string_view::npos;
}

bool speaks(std::string_view language) {
    const auto all = languages();
    return std::any_of(all.begin(), all.end(), [&](const Language& one) { return one.code == language; });
}

}  // namespace

std::optional<PageTarget> read_target(std::string_view target) {
    if (target.size() > longest_target) return std::nullopt;
    const auto mark = target.find('?');
    const auto raw = target.substr(0, mark);
    auto path = decode(raw, false);
    if (!path || has_escaped_slash(raw) || !is_path(*path)) return std::nullopt;
    PageTarget read{std::move(*path), {}};
    auto rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    while (!rest.empty()) {
        const auto end = rest.find('&');
        const auto field = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (field.empty()) continue;
        const auto equals = field.find('=');
        const auto name = decode(field.substr(0, equals), true);
        const auto value =
            decode(equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1), true);
        if (!name || !value || read.query.size() >= most_query_fields) return std::nullopt;
        read.query.emplace(*name, *value);
    }
    return read;
}

std::string language_of(std::string_view cookie, std::string_view accept) {
    if (speaks(cookie)) return std::string(cookie);
    while (!accept.empty()) {
        const auto comma = accept.find(',');
        auto range = sip::grammar::trim(accept.substr(0, comma));
        range = range.substr(0, range.find_first_of("-; "));
        if (const auto language = sip::lowercase(range); speaks(language)) return language;
        accept = comma == std::string_view::npos ? std::string_view() : accept.substr(comma + 1);
    }
    return languages().front().code;
}

std::string_view cookie_in(std::string_view cookies, std::string_view name) {
    while (!cookies.empty()) {
        const auto end = cookies.find(';');
        const auto pair = sip::grammar::trim(cookies.substr(0, end));
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name)
            return pair.substr(equals + 1);
        cookies = end == std::string_view::npos ? std::string_view() : cookies.substr(end + 1);
    }
    return {};
}

}  // namespace node
