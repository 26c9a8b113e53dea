// node/cli/trust.cpp - whom this node believes, and what the person decides about it.
#include "node/cli/trust.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/actions/trust.hpp"
#include "node/clock.hpp"
#include "node/state/trust_table.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::sys_seconds;

struct Options {
    std::string name;
    std::string key;  // the one that is meant, or empty
    bool json = false;
};

std::string entry_text(const TrustEntry& entry, sys_seconds now) {
    std::string text = fmt::format("{}\n  {:<10}  {}\n  {:<10}  {}\n", entry.name, shown_as(entry.source),
                                   crypto::encode_name(entry.key), "", age_text(entry, now));
    if (!entry.new_key) return text;
    const std::string key = crypto::encode_name(*entry.new_key);
    text += fmt::format(
        "  ! {:<8}  {}\n  {:<10}  wants its place since {}. Calls are refused (403) until you decide. Ask "
        "them by "
        "another way\n  {:<10}  whether this is their new key, then type one of\n",
        shown_as(entry.new_source), key, "", day_text(entry.new_seen), "");
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
    StateSession state(context);
    return conclude(state, accept_key(state, options.name, options.key));
}

int reject(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, reject_key(state, options.name, options.key));
}

int pin(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, pin_key(state, options.name, options.key));
}

int forget(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, forget_key(state, options.name));
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
