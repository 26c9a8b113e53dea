// sip/syntax/uri_equivalence.cpp - when two URIs mean the same (RFC 3261 §19.1.4).
#include "sip/syntax/uri_equivalence.hpp"

#include <array>
#include <asio/ip/address_v6.hpp>

#include "sip/syntax/grammar.hpp"
#include "sip/syntax/parameters.hpp"

namespace sip {
namespace {

// Comparing is quadratic in the parameters; a URI with more than this is equal only to its own text.
constexpr std::size_t most_parameters = 32;

/// Takes one character off the front. §19.1.4: characters outside the reserved set equal their %HH form; a
/// reserved one does not (";" ends something, "%3B" never does), so the escaped form becomes a value of its
/// own.
int next_character(std::string_view& text) noexcept {
    const auto first = static_cast<std::uint8_t>(text.front());
    if (first != '%' || text.size() < 3 || !grammar::is(text[1], grammar::hex) ||
        !grammar::is(text[2], grammar::hex)) {
        text.remove_prefix(1);
        return first;
    }
    const int value = grammar::hex_value(text[1]) * 16 + grammar::hex_value(text[2]);
    text.remove_prefix(3);
    const bool reserved =
        std::string_view(";/?:@&=+$,").find(static_cast<char>(value)) != std::string_view::npos;
    return reserved ? value + 256 : value;
}

bool same_text(std::string_view a, std::string_view b, bool any_case) noexcept {
    while (!a.empty() && !b.empty()) {
        int x = next_character(a);
        int y = next_character(b);
        if (any_case && x < 128) x = static_cast<unsigned char>(grammar::lower(static_cast<char>(x)));
        if (any_case && y < 128) y = static_cast<unsigned char>(grammar::lower(static_cast<char>(y)));
        if (x != y) return false;
    }
    return a.empty() && b.empty();
}

bool same_host(const UriView& a, const UriView& b) {
    if (equal_nocase(a.host, b.host)) return a.host_is_ipv6 == b.host_is_ipv6;
    if (!a.host_is_ipv6 || !b.host_is_ipv6) return false;
    asio::error_code ea;
    asio::error_code eb;
    const auto x = asio::ip::make_address_v6(std::string(a.host), ea);
    const auto y = asio::ip::make_address_v6(std::string(b.host), eb);
    return !ea && !eb && x == y;
}

/// Those that change where a request goes: in only one URI they never match. §19.1.4 names user, ttl, method
/// and maddr in its rules, and transport in its examples.
bool must_be_in_both(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 5> names{"transport", "user", "ttl", "method", "maddr"};
    for (const std::string_view n : names) {
        if (same_text(name, n, true)) return true;
    }
    return false;
}

/// Whether no parameter of `a` speaks against `b`.
bool parameters_agree(std::string_view a, const UriView& b) noexcept {
    while (!a.empty()) {
        const Parameter p = next_parameter(a);
        bool found = false;
        for (std::string_view rest = b.parameters; !rest.empty() && !found;) {
            const Parameter other = next_parameter(rest);
            if (!same_text(p.name, other.name, true)) continue;
            if (!same_text(p.value, other.value, true)) return false;
            found = true;
        }
        if (!found && must_be_in_both(p.name)) return false;
    }
    return true;
}

std::string_view next_header(std::string_view& rest) noexcept {
    const std::size_t end = rest.find('&');
    const std::string_view first = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return first;
}

bool same_header(std::string_view a, std::string_view b) noexcept {
    const std::size_t x = a.find('=');
    const std::size_t y = b.find('=');
    return same_text(a.substr(0, x), b.substr(0, y), true) &&
           same_text(x == std::string_view::npos ? "" : a.substr(x),
                     y == std::string_view::npos ? "" : b.substr(y), false);
}

bool headers_within(std::string_view a, std::string_view b) noexcept {
    while (!a.empty()) {
        const std::string_view wanted = next_header(a);
        bool found = false;
        for (std::string_view rest = b; !rest.empty() && !found;)
            found = same_header(wanted, next_header(rest));
        if (!found) return false;
    }
    return true;
}

std::size_t count(std::string_view text, char c) noexcept {
    std::size_t n = 0;
    for (const char x : text)
        n += x == c ? 1 : 0;
    return n;
}

}  // namespace

bool equivalent(const UriView& a, const UriView& b) {
    if (a.text == b.text) return true;
    if (!equal_nocase(a.scheme, b.scheme) || !a.is_sip()) return false;  // others: byte by byte
    for (const UriView* u : {&a, &b}) {
        if (count(u->parameters, ';') > most_parameters || count(u->headers, '&') > most_parameters)
            return false;
    }
    if (!same_text(a.user, b.user, false) || !same_text(a.password, b.password, false)) return false;
    if (!same_host(a, b) || a.port != b.port) return false;  // no port is not port 5060
    if (!parameters_agree(a.parameters, b) || !parameters_agree(b.parameters, a)) return false;
    return headers_within(a.headers, b.headers) && headers_within(b.headers, a.headers);
}

bool same_escaped(std::string_view a, std::string_view b) noexcept {
    return same_text(a, b, true);
}

}  // namespace sip
