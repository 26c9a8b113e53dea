// node/cli/trust.cpp - whom this node believes, and what the person decides about it.
#include "node/cli/trust.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/names/host_kind.hpp"
#include "node/names/idn.hpp"
#include "node/names/key_text.hpp"
#include "node/state/trust_table.hpp"
#include "sip/syntax/uri.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::sys_seconds;

struct Options {
    std::string name;
    std::string key;  // the one that is meant, or empty
    bool json = false;
};

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

std::string date(sys_seconds time) {
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(time));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                       static_cast<unsigned>(day.day()));
}

std::string age_text(const TrustEntry& entry, sys_seconds now) {
    if (entry.from_config) return "pinned in the configuration";
    std::string text =
        fmt::format("first seen {}, last seen {}", date(entry.first_seen), date(entry.last_seen));
    if (entry.max_age.count() == 0 || entry.new_key) return text;
    if (entry.is_old(now)) return text + "; too long ago: the next key that is found is taken";
    const auto left = entry.last_seen + entry.max_age - now;
    const auto days = std::chrono::duration_cast<std::chrono::days>(left).count();
    return text +
           (days == 0 ? "; ends today" : fmt::format("; ends in {} day{}", days, days == 1 ? "" : "s")) +
           " unless it is seen again";
}

std::string entry_text(const TrustEntry& entry, sys_seconds now) {
    std::string text = fmt::format("{}\n  {:<10}  {}\n  {:<10}  {}\n", entry.name, shown_as(entry.source),
                                   crypto::encode_name(entry.key), "", age_text(entry, now));
    if (!entry.new_key) return text;
    const std::string key = crypto::encode_name(*entry.new_key);
    text += fmt::format(
        "  ! {:<8}  {}\n  {:<10}  wants its place since {}. Calls are refused (403) until you decide. Ask "
        "them by "
        "another way\n  {:<10}  whether this is their new key, then type one of\n",
        shown_as(entry.new_source), key, "", date(entry.new_seen), "");
    if (entry.from_config) {
        text += fmt::format("  {:<10}    (to take it, edit [pins] in the configuration)\n", "");
    } else {
        text += fmt::format("  {:<10}    hedgewitch trust accept {} {}\n", "", entry.name, key);
    }
    return text + fmt::format("  {:<10}    hedgewitch trust reject {} {}\n", "", entry.name, key);
}

Json to_json(const TrustEntry& entry, sys_seconds now) {
    Json json{{"name", entry.name},
              {"shown_as", shown_as(entry.source)},
              {"source", name(entry.source)},
              {"key", crypto::encode_name(entry.key)},
              {"from_config", entry.from_config},
              {"first_seen", entry.first_seen.time_since_epoch().count()},
              {"last_seen", entry.last_seen.time_since_epoch().count()},
              {"aged_out", entry.is_old(now)},
              {"age_left_s", nullptr},
              {"waiting", nullptr}};
    if (entry.max_age.count() > 0 && !entry.new_key)
        json["age_left_s"] = std::max<std::int64_t>(0, (entry.last_seen + entry.max_age - now).count());
    if (entry.new_key) {
        json["waiting"] = {{"key", crypto::encode_name(*entry.new_key)},
                           {"shown_as", shown_as(entry.new_source)},
                           {"source", name(entry.new_source)},
                           {"seen", entry.new_seen.time_since_epoch().count()}};
    }
    return json;
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

int list(const CommandContext& context, const Options& options) {
    StateSession state(context);
    const auto now = wall_now();
    const auto entries = state.trust().all();
    Json json = Json::array();
    for (const auto& entry : entries) {
        if (options.json) {
            json.push_back(to_json(entry, now));
        } else {
            std::cout << entry_text(entry, now);
        }
    }
    if (options.json) std::cout << json.dump(2) << "\n";
    say_if_empty(entries.empty(), options.json,
                 "No key is bound to a name yet: that happens when you first call a domain, or by "
                 "`hedgewitch trust pin`.");
    return exit_ok;
}

int accept(const CommandContext& context, const Options& options) {
    const std::string name = bound_name(options.name, context.config);
    StateSession state(context);
    const auto now = wall_now();
    if (!state.trust().accept(name, now, key_if_given(options.key))) explain_refusal(state.trust(), name);
    state.tell_the_node();
    const auto entry = state.trust().find(name, now);
    std::cout << name << " is bound to " << crypto::encode_name(entry->key) << " now, "
              << shown_as(entry->source) << "\n";
    return exit_ok;
}

int reject(const CommandContext& context, const Options& options) {
    const std::string name = bound_name(options.name, context.config);
    StateSession state(context);
    const auto expected = key_if_given(options.key);
    const auto entry = state.trust().find(name, wall_now());
    if (!state.trust().reject(name, expected)) explain_refusal(state.trust(), name);
    state.tell_the_node();
    std::cout << name << " stays with " << crypto::encode_name(entry->key)
              << "; the other key is ignored from now on\n";
    return exit_ok;
}

int pin(const CommandContext& context, const Options& options) {
    const std::string name = bound_name(options.name, context.config);
    const crypto::PublicKey key = key_in(options.key);
    StateSession state(context);
    const bool changed = state.trust().pin(name, key, wall_now());
    if (changed) state.tell_the_node();
    std::cout << name << (changed ? " is pinned to " : " was pinned to that key already: ")
              << crypto::encode_name(key) << "\n";
    return exit_ok;
}

int forget(const CommandContext& context, const Options& options) {
    const std::string name = bound_name(options.name, context.config);
    StateSession state(context);
    if (!state.trust().forget(name)) explain_refusal(state.trust(), name);
    state.tell_the_node();
    std::cout << name << " is forgotten: the next key that is found for it is taken\n";
    return exit_ok;
}

}  // namespace

void add_trust_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* trust =
        app.add_subcommand("trust", "Which key each name is bound to, and what to do when it changes")
            ->require_subcommand(1);
    const auto does = [&](CLI::App* verb, int (*body)(const CommandContext&, const Options&)) {
        commands.on(*verb, [options, body](const CommandContext& c) { return body(c, *options); });
    };
    const auto named = [&](const char* name, const char* help) {
        auto* verb = trust->add_subcommand(name, help);
        verb->add_option("NAME", options->name,
                         "A domain like example.org, or a name of a zone: alice@riverside")
            ->required();
        return verb;
    };
    auto* verb = trust->add_subcommand("list", "The names: verified, vouched or first seen; keys that wait");
    verb->add_flag("--json", options->json, "As JSON");
    does(verb, list);

    constexpr const char* waiting_help = "The key that you mean: refused if another one waits by then";
    verb = named("accept", "Take the key that wants the place of the old one");
    verb->add_option("KEY", options->key, waiting_help);
    does(verb, accept);
    verb = named("reject", "Stay with the old key, and ignore the one that wants its place");
    verb->add_option("KEY", options->key, waiting_help);
    does(verb, reject);
    verb = named("pin", "Bind a name to a key that you know, whatever was bound before");
    verb->add_option("KEY", options->key, "56 characters, the host that they stand in, or an invite")
        ->required();
    does(verb, pin);
    does(named("forget", "Forget a name and its keys"), forget);
}

}  // namespace node
