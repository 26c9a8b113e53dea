// node/cli/cli_zone.cpp - CLI11's description of `zone`.
#include "node/cli/cli_options.hpp"

namespace node {

void add_zone_commands(CLI::App& app, Options& o) {
    auto* zone = app.add_subcommand(
                        "zone", "This node as an authority, whose names lead callers to the keys of others")
                     ->require_subcommand(1);
    auto* delegate = zone->add_subcommand("delegate", "Let a key answer for a name of this node's zone");
    delegate->add_option("LABEL", o.name, "The part before the @")->required();
    delegate->add_option("KEY", o.key, "56 characters, an address under .hedge.alt, or an invite")
        ->required();
    delegate->callback([&o] {
        o.command = [&o](const CommandContext& c) { return zone_delegate_command(c, o.name, o.key); };
    });

    auto* revoke = zone->add_subcommand("revoke", "End a delegation");
    revoke->add_option("LABEL", o.name, "The part before the @")->required();
    revoke->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return zone_revoke_command(c, o.name); }; });

    auto* list = zone->add_subcommand("list", "List the delegations, one a line");
    list->add_flag("--json", o.json, "As JSON");
    list->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return zone_list_command(c, o.json); }; });
}

}  // namespace node
