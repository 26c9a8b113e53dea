// sip/syntax/grammar.cpp - scanners of RFC 3261 §25.1.
#include "sip/syntax/grammar.hpp"

#include <algorithm>
#include <asio/ip/address_v6.hpp>

#include "sip/syntax/parameters.hpp"

namespace sip::grammar {
namespace {

bool valid_ipv6(std::string_view text) noexcept {
    std::array<char, 46> copy{};  // INET6_ADDRSTRLEN
    if (text.empty() || text.size() >= copy.size()) return false;
    const auto fits = [](char c) { return is(c, hex) || c == ':' || c == '.'; };  // so no %zone
    if (!std::all_of(text.begin(), text.end(), fits)) return false;
    std::copy(text.begin(), text.end(), copy.begin());
    asio::error_code error;
    asio::ip::make_address_v6(copy.data(), error);
    return !error;
}

std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
    if (!all(text, digit)) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : text) {
        value = value * 10 + static_cast<std::uint32_t>(c - '0');
        if (value > 0xffff) return std::nullopt;
    }
    return static_cast<std::uint16_t>(value);
}

bool valid_parameter(const Parameter& p) noexcept {
    if (!all(p.name, token)) return false;
    if (!p.has_value) return true;
    if (p.value.starts_with('"')) return skip_quoted(p.value, 0) == p.value.size();
    const auto ends = [](char c) {
        return is_lws(c) || is_control(c) || c == '"' || c == '<' || c == '>' || c == ',';
    };
    return std::none_of(p.value.begin(), p.value.end(), ends);
}

}  // namespace

bool all(std::string_view text, Class c) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), [c](char x) { return is(x, c); });
}

bool all_or_escaped(std::string_view text, Class c) noexcept {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is(text[i], c)) continue;
        if (text[i] != '%' || text.size() - i < 3 || !is(text[i + 1], hex) || !is(text[i + 2], hex))
            return false;
        i += 2;
    }
    return true;
}

std::size_t skip_quoted(std::string_view text, std::size_t at) noexcept {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') return i + 1;
        if (c == '\\') {
            // quoted-pair = "\" (%x00-09 / %x0B-0C / %x0E-7F): NUL may be quoted, a line end may not.
            if (++i == text.size() || text[i] == '\r' || text[i] == '\n') return std::string_view::npos;
        } else if (is_control(c) && !is_lws(c)) {
            return std::string_view::npos;
        }
    }
    return std::string_view::npos;
}

std::optional<HostPort> parse_host_port(std::string_view text, bool lws_allowed) noexcept {
    HostPort out;
    std::string_view after;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        out.host = text.substr(1, close - 1);
        out.is_ipv6 = true;
        if (!valid_ipv6(out.host)) return std::nullopt;
        after = text.substr(close + 1);
    } else {
        const auto end = std::find_if_not(text.begin(), text.end(), [](char c) { return is(c, host); });
        out.host = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        if (out.host.empty()) return std::nullopt;
        after = text.substr(out.host.size());
    }
    if (lws_allowed) after = trim(after);
    if (after.empty()) return out;
    if (after.front() != ':') return std::nullopt;
    after.remove_prefix(1);
    out.port = parse_port(lws_allowed ? trim(after) : after);
    if (!out.port) return std::nullopt;
    return out;
}

bool valid_parameters(std::string_view text) noexcept {
    if (text.empty() || text.back() == ';') return false;
    while (!text.empty()) {
        if (!valid_parameter(next_parameter(text))) return false;
    }
    return true;
}

}  // namespace sip::grammar
