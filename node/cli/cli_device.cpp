// node/cli/cli_device.cpp - CLI11's description of `device`.
#include "node/cli/cli_options.hpp"

namespace node {
namespace {

void add_owner_commands(CLI::App& device, Options& o) {
    auto* certify = device.add_subcommand(
        "certify", "Let another node of yours publish for your users, without the secret key");
    certify->add_option("KEY", o.certify.key, "The key of that node: `hedgewitch address` there")->required();
    certify
        ->add_option("--slot", o.certify.slot,
                     "Which of your nodes it is; without it, it keeps its own or takes a free one")
        ->type_name("0-15")
        ->check(CLI::Range(0, 15));
    certify->add_option("--user", o.certify.users, "For these users only; may be given several times")
        ->type_name("NAME");
    certify->add_option("--days", o.certify.days, "For how long: 1 to 30 days, and today")
        ->check(CLI::Range(1, 30))
        ->capture_default_str();
    certify->add_option("--out", o.certify.out, "Where to write it; by default into this folder")
        ->type_name("FILE");
    add_passphrase_file(*certify, o);
    certify->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return device_certify_command(c, o.certify); }; });

    auto* list = device.add_subcommand("list", "List the nodes that were certified here");
    list->add_flag("--json", o.json, "As JSON");
    list->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return device_list_command(c, o.json); }; });

    auto* forget = device.add_subcommand("forget", "Free the slot of a node");
    forget->add_option("KEY", o.key, "The key of that node")->required();
    forget->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return device_forget_command(c, o.key); }; });
}

}  // namespace

void add_device_commands(CLI::App& app, Options& o) {
    auto* device =
        app.add_subcommand("device", "Several nodes of one owner, who all publish for the same key")
            ->require_subcommand(1);
    add_owner_commands(*device, o);

    auto* install = device->add_subcommand("install", "At the other node: take what `certify` has written");
    install->add_option("FILE", o.file, "What it has written")->required();
    install->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return device_install_command(c, o.file); }; });

    auto* status = device->add_subcommand("status", "At the other node: for which keys, and until when");
    status->add_flag("--json", o.json, "As JSON");
    status->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return device_status_command(c, o.json); }; });
}

}  // namespace node
