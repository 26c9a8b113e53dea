// node/cli/zone.cpp - its labels lead callers on to the keys of people.
#include "node/cli/zone.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/actions/users.hpp"
#include "node/clock.hpp"
#include "node/names/key_text.hpp"
#include "node/state/delegation_table.hpp"
#include "node/state/user_table.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string name, key;
    bool json = false;
};

/// Each is a record that this node keeps in the DHT.
constexpr std::size_t max_delegations = 256;

crypto::PublicKey target_of(const CommandContext& context, const std::string& label,
                            const std::string& text) {
    const KeyText target = read_key_text(text);
    if (target.key == own_key(context.paths)) {
        throw std::runtime_error(
            "this is this node's own key, which needs no delegation: `hedgewitch user add " + label +
            "` makes " + label + " a user here");
    }
    if (!target.label.empty() && target.label != label) {
        throw std::runtime_error("this is the key of " + target.label + ", whose node knows no " + label +
                                 ": delegate the label " + target.label + ", or have " + target.label +
                                 " add a user " + label);
    }
    if (target.unlisted) {
        std::cerr << "The secret of the invite is not used: callers of the zone find " << label
                  << " only while " << label << " is listed at the other node\n";
    }
    return target.key;
}

void refuse_taken(StateSession& state, const std::string& label) {
    for (const auto& user : state.users().all()) {
        if (user.label != label) continue;
        throw std::runtime_error(fmt::format(
            "{0} is a user of this node, which answers for it: `hedgewitch user remove {0}` first, or "
            "delegate another label",
            label));
    }
    const auto& rows = state.delegations().rows();
    if (!rows.contains(label) && rows.size() >= max_delegations) {
        throw std::runtime_error("this zone has " + std::to_string(max_delegations) +
                                 " delegations, and each costs the network a record: revoke one first");
    }
}

void warn_of_change(StateSession& state, const std::string& label, const crypto::PublicKey& target) {
    const auto found = state.delegations().rows().find(label);
    if (found == state.delegations().rows().end() || found->second.target == target) return;
    std::cerr << label << " was delegated to " << crypto::encode_name(found->second.target)
              << ". Callers who know that key reach nobody (403 Key changed) until they accept the new one\n";
}

int delegate(const CommandContext& context, const Options& options) {
    const std::string label = user_label(options.name);
    const crypto::PublicKey target = target_of(context, label, options.key);
    StateSession state(context);
    refuse_taken(state, label);
    warn_of_change(state, label, target);
    state.delegations().delegate(label, {target, wall_now()});
    state.tell_the_node();
    std::cout << label << " is delegated to " << crypto::encode_name(target) << "\n"
              << "Callers need a name for this zone in their configuration, such as\n"
              << "  [zones]\n  \"riverside\" = \"" << crypto::encode_name(own_key(context.paths)) << "\"\n"
              << "and dial sip:" << label << "@riverside\n";
    return exit_ok;
}

int revoke(const CommandContext& context, const Options& options) {
    const std::string label = user_label(options.name);
    StateSession state(context);
    if (!state.delegations().revoke(label)) throw std::runtime_error(label + " is not delegated");
    state.tell_the_node();
    std::cout << label << " is no longer delegated; who has asked lately may know it for some hours more\n";
    return exit_ok;
}

int list(const CommandContext& context, const Options& options) {
    StateSession state(context);
    Json json = Json::array();
    for (const auto& [label, row] : state.delegations().rows()) {
        const std::string key = crypto::encode_name(row.target);
        if (options.json) {
            json.push_back(
                {{"label", label}, {"key", key}, {"created", row.created.time_since_epoch().count()}});
        } else {
            std::cout << fmt::format("{}  {}  {:%Y-%m-%d}\n", label, key, row.created);
        }
    }
    if (options.json) std::cout << json.dump(2) << "\n";
    say_if_empty(state.delegations().rows().empty(), options.json,
                 "No name is delegated: `hedgewitch zone delegate LABEL KEY` lets a key answer for one.");
    return exit_ok;
}

}  // namespace

void add_zone_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* zone = app.add_subcommand(
                        "zone", "This node as an authority, whose names lead callers to the keys of others")
                     ->require_subcommand(1);
    auto* verb = zone->add_subcommand("delegate", "Let a key answer for a name of this node's zone");
    verb->add_option("LABEL", options->name, "The part before the @")->required();
    verb->add_option("KEY", options->key, "56 characters, an address under .hedge.alt, or an invite")
        ->required();
    commands.on(*verb, [options](const CommandContext& c) { return delegate(c, *options); });

    verb = zone->add_subcommand("revoke", "End a delegation");
    verb->add_option("LABEL", options->name, "The part before the @")->required();
    commands.on(*verb, [options](const CommandContext& c) { return revoke(c, *options); });

    verb = zone->add_subcommand("list", "List the delegations, one a line");
    verb->add_flag("--json", options->json, "As JSON");
    commands.on(*verb, [options](const CommandContext& c) { return list(c, *options); });
}

}  // namespace node
