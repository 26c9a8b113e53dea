// sip/redirect_tokens.cpp - marks the Contacts of our 302s.
#include "sip/redirect_tokens.hpp"

#include <charconv>
#include <cstdio>
#include <utility>

#include "sip/pieces.hpp"
#include "sip/uri.hpp"

namespace sip {

namespace {

constexpr std::string_view parameter = "hw";
constexpr std::size_t head_size = 16;  // serial and expiry, 8 hex digits each
constexpr std::size_t token_size = 32;

std::int64_t seconds_of(RedirectTokens::Time t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
}

std::optional<std::uint32_t> number(std::string_view hex) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (error != std::errc{} || end != hex.data() + hex.size()) return std::nullopt;
    return value;
}

}  // namespace

RedirectTokens::RedirectTokens(const std::array<std::uint8_t, 32>& secret)
    : key_(derived_key<16>(secret, "hedgewitch/sip/redirect")) {}

// Over what the URI means, not over its text: a phone may write it anew.
std::string RedirectTokens::mac(std::string_view head, std::string_view uri, std::string_view user) const {
    Pieces pieces;
    pieces.add(head).add(user);
    if (const auto parsed = UriView::parse(uri)) {
        pieces.add(unescape(parsed->user)).add(lowercase(parsed->host));
        pieces.add(std::to_string(parsed->port.value_or(0)));
        pieces.add(lowercase(parsed->parameter("transport").value_or("")));
    }
    return pieces.short_hash(key_);
}

std::string RedirectTokens::mark(std::string_view uri, std::string_view user, Time now) {
    std::array<char, head_size + 1> head{};
    (void)std::snprintf(head.data(), head.size(), "%08x%08x", static_cast<unsigned>(++serial_),
                        static_cast<unsigned>(seconds_of(now + lifetime) & 0xffffffff));
    std::string marked(uri);
    marked += ";" + std::string(parameter) + "=" + head.data();
    return marked += mac({head.data(), head_size}, uri, user);
}

std::optional<std::string> RedirectTokens::take(std::string_view marked, std::string_view user, Time now) {
    const auto uri = UriView::parse(marked);
    const auto token = uri ? uri->parameter(parameter) : std::nullopt;
    if (!token || token->size() != token_size) return std::nullopt;
    std::string plain = without_mark(marked);
    const std::string_view head = token->substr(0, head_size);
    const std::string right = mac(head, plain, user);
    if (sodium_memcmp(right.data(), token->data() + head_size, right.size()) != 0) return std::nullopt;
    const auto serial = number(head.substr(0, 8));
    const auto expiry = number(head.substr(8));
    const std::int64_t today = seconds_of(now);
    if (!serial || !expiry || static_cast<std::int64_t>(*expiry) < (today & 0xffffffff)) return std::nullopt;
    while (!ages_.empty() && ages_.begin()->first < today) {
        used_.erase(ages_.begin()->second);
        ages_.erase(ages_.begin());
    }
    if (used_.size() >= max_used || !used_.emplace(*serial, today + lifetime.count()).second)
        return std::nullopt;
    ages_.emplace(today + lifetime.count(), *serial);
    return plain;
}

std::string RedirectTokens::without_mark(std::string_view text) {
    const auto uri = UriView::parse(text);
    if (!uri || !uri->is_sip()) return std::string(text);
    std::string_view rest = uri->parameters;
    while (!rest.empty()) {
        const Parameter p = next_parameter(rest);
        if (!equal_nocase(p.name, parameter)) continue;
        const auto begin = static_cast<std::size_t>(p.name.data() - text.data()) - 1;  // with its ';'
        const char* const end = p.has_value ? p.value.data() + p.value.size() : p.name.data() + p.name.size();
        std::string plain(text.substr(0, begin));
        return plain += text.substr(static_cast<std::size_t>(end - text.data()));
    }
    return std::string(text);
}

}  // namespace sip
