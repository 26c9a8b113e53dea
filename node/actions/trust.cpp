// node/actions/trust.cpp - a name in its one spelling, a key as text, and what the table says to both.
#include "node/actions/trust.hpp"

#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/names/host_kind.hpp"
#include "node/names/idn.hpp"
#include "node/names/key_text.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

using std::chrono::sys_seconds;

[[noreturn]] void refuse(const std::string& what) {
    throw std::runtime_error(what);
}

/// "Example.ORG", "sip:example.org" -> "example.org"; "Alice@riverside" -> "alice@riverside".
std::string bound_name(const std::string& text, const Config& config) {
    const auto scheme = text.substr(0, text.find(':'));
    const bool has_scheme = sip::equal_nocase(scheme, "sip") || sip::equal_nocase(scheme, "sips");
    const std::string bare = has_scheme ? text.substr(scheme.size() + 1) : text;
    const auto at = bare.rfind('@');
    const bool has_label = at != std::string::npos;
    const auto host = to_ascii_host(has_label ? bare.substr(at + 1) : bare);
    if (!host) refuse("\"" + text + "\" is no domain like example.org, and no name like alice@riverside");
    const HostName kind = classify(*host);
    if (const auto* bad = std::get_if<BadKeyName>(&kind)) refuse("\"" + text + "\": " + bad->why);
    const bool is_key = std::holds_alternative<KeyName>(kind);
    if (!is_key && !std::holds_alternative<Domain>(kind))
        refuse("\"" + text + "\" is no name that a key can be bound to");
    if (!has_label && is_key)
        refuse("the key of that name stands in the name itself; no other is trusted for it");
    if (!has_label) return *host;
    // Any key may be a zone, and delegate its names; a domain is one only under [zones].
    if (!is_key && !config.zones.contains(*host))
        refuse("keys are bound to whole domains: say " + *host +
               ", without the user. (Only names of a zone, set under [zones], have keys of their own)");
    const auto label = crypto::canonical_label(bare.substr(0, at));
    if (!label) refuse("\"" + text + "\" is no name of the zone " + *host);
    return *label + "@" + *host;
}

/// The 56 characters, with or without .hedge.alt and a user, or an invite.
crypto::PublicKey key_in(const std::string& text) {
    const auto found = parse_key_text(text);
    if (!found) refuse(found.error());
    return found->key;
}

std::optional<crypto::PublicKey> key_if_given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(key_in(text));
}

/// Why there was nothing to accept or reject.
[[noreturn]] void explain_refusal(const TrustTable& trust, const std::string& name) {
    for (const auto& entry : trust.all()) {
        if (entry.name != name) continue;
        if (!entry.new_key)
            refuse("no other key waits for " + name + "; it is bound to " + crypto::encode_name(entry.key));
        refuse("the key that waits for " + name + " is another one: " + crypto::encode_name(*entry.new_key) +
               ". Look again: `hedgewitch trust list`");
    }
    refuse("no key is bound to " + name + "; `hedgewitch trust list` shows the names that have one");
}

}  // namespace

Done accept_key(OpenState& state, const std::string& text, const std::string& key) {
    const std::string name = bound_name(text, state.config());
    const auto now = wall_now();
    if (!state.trust().accept(name, now, key_if_given(key))) explain_refusal(state.trust(), name);
    const auto entry = state.trust().find(name, now);
    return {fmt::format("{} is bound to {} now, {}", name, crypto::encode_name(entry->key),
                        shown_as(entry->source)),
            {}};
}

Done reject_key(OpenState& state, const std::string& text, const std::string& key) {
    const std::string name = bound_name(text, state.config());
    const auto expected = key_if_given(key);
    const auto entry = state.trust().find(name, wall_now());
    if (!state.trust().reject(name, expected)) explain_refusal(state.trust(), name);
    return {
        name + " stays with " + crypto::encode_name(entry->key) + "; the other key is ignored from now on",
        {}};
}

Done pin_key(OpenState& state, const std::string& text, const std::string& key_text) {
    const std::string name = bound_name(text, state.config());
    const crypto::PublicKey key = key_in(key_text);
    const bool changed = state.trust().pin(name, key, wall_now());
    return {
        name + (changed ? " is pinned to " : " was pinned to that key already: ") + crypto::encode_name(key),
        {}};
}

Done forget_key(OpenState& state, const std::string& text) {
    const std::string name = bound_name(text, state.config());
    if (!state.trust().forget(name)) explain_refusal(state.trust(), name);
    return {name + " is forgotten: the next key that is found for it is taken", {}};
}

std::string day_text(sys_seconds time) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                       static_cast<unsigned>(day.day()));
}

std::string age_text(const TrustEntry& entry, sys_seconds now) {
    if (entry.from_config) return "pinned in the configuration";
    std::string text =
        fmt::format("first seen {}, last seen {}", day_text(entry.first_seen), day_text(entry.last_seen));
    if (entry.max_age.count() == 0 || entry.new_key) return text;
    if (entry.is_old(now)) return text + "; too long ago: the next key that is found is taken";
    const auto left = entry.last_seen + entry.max_age - now;
    const auto days = std::chrono::duration_cast<std::chrono::days>(left).count();
    return text +
           (days == 0 ? "; ends today" : fmt::format("; ends in {} day{}", days, days == 1 ? "" : "s")) +
           " unless it is seen again";
}

}  // namespace node
