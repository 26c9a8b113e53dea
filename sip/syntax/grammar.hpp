// sip/syntax/grammar.hpp - character classes and small scanners of RFC 3261 §25.1, shared by the parsers of
// this folder. Nothing here allocates. LWS is SP, HT and, in folded values, CR and LF; a bare CR or LF is
// MessageView's to refuse.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sip::grammar {

enum Class : std::uint8_t {
    digit = 1,
    hex = 2,
    token = 4,
    host = 8,   // hostname; and '_', which real host names have
    user = 16,  // user-unreserved and unreserved; and '#', which phones leave unescaped in dialled codes
    password = 32,
    parameter = 64,    // of a URI: param-unreserved and unreserved
    uri_header = 128,  // hnv-unreserved, unreserved, '=' and '&'
};

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> t{};
    const auto add = [&t](std::string_view characters, int classes) {
        for (const char c : characters)
            t[static_cast<std::uint8_t>(c)] |= static_cast<std::uint8_t>(classes);
    };
    constexpr int unreserved = user | password | parameter | uri_header;
    add("0123456789", digit | hex | token | host | unreserved);
    add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", token | host | unreserved);
    add("abcdefABCDEF", hex);
    add("-_.!~*'()", unreserved);
    add("-.!%*_+`'~", token);
    add("-._", host);
    add("&=+$,;?/#", user);
    add("&=+$,", password);
    add("[]/:&+$", parameter);
    add("[]/?:+$=&", uri_header);
    return t;
}
inline constexpr auto classes = make_classes();

constexpr bool is(char c, int mask) noexcept {
    return (classes[static_cast<std::uint8_t>(c)] & mask) != 0;
}
constexpr bool is_lws(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
constexpr bool is_control(char c) noexcept {
    return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f;
}
constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr int hex_value(char c) noexcept {
    return is(c, digit) ? c - '0' : lower(c) - 'a' + 10;
}

/// Not empty, and every character of the class.
bool all(std::string_view text, Class c) noexcept;
/// As all(), but may be empty, and %HH may stand anywhere.
bool all_or_escaped(std::string_view text, Class c) noexcept;

constexpr std::string_view trim_left(std::string_view text) noexcept {
    while (!text.empty() && is_lws(text.front()))
        text.remove_prefix(1);
    return text;
}
constexpr std::string_view trim(std::string_view text) noexcept {
    text = trim_left(text);
    while (!text.empty() && is_lws(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Of SP and HT alone, as they may stand around a word within one line.
constexpr std::string_view trim_blanks(std::string_view text) noexcept {
    constexpr auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    return text;
}

/// `text[at]` is the opening quote. The index after the closing one, or npos. §25.1 quoted-string.
std::size_t skip_quoted(std::string_view text, std::size_t at) noexcept;

struct HostPort {
    std::string_view host;  // IPv6 without brackets
    bool is_ipv6 = false;
    std::optional<std::uint16_t> port;
};
/// All of `text` is host [":" port]; LWS may surround the colon in a Via (§25.1 COLON), not in a URI.
std::optional<HostPort> parse_host_port(std::string_view text, bool lws_allowed) noexcept;

/// All of `text` is generic-param *(SEMI generic-param), not empty. A value may hold any visible character
/// that does not end it, so that ;received= may be an IPv6 address with or without brackets (RFC 5118 §4.5).
bool valid_parameters(std::string_view text) noexcept;

}  // namespace sip::grammar
