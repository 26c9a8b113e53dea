// sip/edge/redirect_tokens.cpp - marks the Contacts of our 302s.
#include "sip/edge/redirect_tokens.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "sip/syntax/name_addr.hpp"
#include "sip/syntax/uri.hpp"
#include "sip/transaction/keyed_hash.hpp"

namespace sip {

namespace {

constexpr std::string_view parameter = "hw";
constexpr std::size_t half = 16;  // hex digits of the serial, and of the MAC
// The time is not in the token but in its MAC, and is found by trying: it would show how long we run.
constexpr std::int64_t slot_seconds = 10;
constexpr std::int64_t slots = RedirectTokens::lifetime.count() / slot_seconds;

std::int64_t slot_of(RedirectTokens::Time t) {
    return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count() / slot_seconds;
}

// In one order. Only the value of transport has no case (RFC 3261 §19.1.4 says so of all, but a ticket has).
std::vector<std::string> parameters_of(const UriView& uri) {
    std::vector<std::string> all;
    std::string_view rest = uri.parameters;
    while (!rest.empty()) {
        const Parameter p = next_parameter(rest);
        if (p.name.empty() || equal_nocase(p.name, parameter)) continue;
        const bool transport = equal_nocase(p.name, "transport");
        all.push_back(lowercase(p.name) + "=" + (transport ? lowercase(p.value) : std::string(p.value)));
    }
    std::sort(all.begin(), all.end());
    return all;
}

}  // namespace

RedirectTokens::RedirectTokens(const std::array<std::uint8_t, 32>& secret)
    : key_(derived_key<16>(secret, "hedgewitch/sip/redirect")) {}

std::string RedirectTokens::meaning(std::string_view uri) {
    const auto parsed = UriView::parse(uri);
    if (!parsed || !parsed->is_sip()) return std::string(uri);
    std::string text = parsed->is_sips() ? "sips:" : "sip:";
    const auto add = [&text](std::string_view part) {
        text += std::to_string(part.size()) + ":";
        text += part;
    };
    add(unescape(parsed->user));
    add(parsed->password);
    add(lowercase(parsed->host));
    add(std::to_string(parsed->port.value_or(0)));
    for (const std::string& one : parameters_of(*parsed))
        add(one);
    return text += parsed->headers;
}

// Over what the URI means, all of it, but not over its text: a phone may write it anew.
std::string RedirectTokens::mac(std::string_view serial, std::int64_t slot, std::string_view uri,
                                std::string_view user) const {
    KeyedHash hash;
    hash.add("mac").add(serial).add(std::to_string(slot)).add(user).add(meaning(uri));
    return hash.hex(key_);
}

std::string RedirectTokens::mark(std::string_view uri, std::string_view user, Time now) {
    KeyedHash serial;
    serial.add("serial").add(std::to_string(++count_));
    const std::string head = serial.hex(key_);
    return std::string(uri) + ";" + std::string(parameter) + "=" + head + mac(head, slot_of(now), uri, user);
}

std::optional<std::string> RedirectTokens::take(std::string_view marked, std::string_view user, Time now) {
    const auto uri = UriView::parse(marked);
    const auto token = uri ? uri->parameter(parameter) : std::nullopt;
    if (!token || token->size() != 2 * half) return std::nullopt;
    std::string plain = without_mark(marked);
    const std::string serial(token->substr(0, half));
    const std::int64_t today = slot_of(now);
    bool right = false;
    for (std::int64_t slot = today - slots; slot <= today && !right; ++slot) {
        const std::string wanted = mac(serial, slot, plain, user);
        right = sodium_memcmp(wanted.data(), token->data() + half, half) == 0;
    }
    if (!right) return std::nullopt;
    forget(today);
    Used* used = used_.find(serial);
    if (used == nullptr && used_.full()) return std::nullopt;
    if (used == nullptr) used = &used_.put(serial, {today + slots + 1, 0});
    if (used->times >= uses) return std::nullopt;
    ++used->times;
    return plain;
}

void RedirectTokens::forget(std::int64_t today) {
    used_.drop_while([today](const auto&, const Used& used) { return used.forget_in <= today; });
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
