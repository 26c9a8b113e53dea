// node/cli/cli_invite.cpp - CLI11's description of `invite`.
#include "node/cli/cli_options.hpp"

namespace node {

void add_invite_commands(CLI::App& app, Options& o) {
    auto* invite = app.add_subcommand("invite", "Print an invite to call a user, as text and QR code");
    invite->add_option("NAME", o.invite.name, "The user; may be left out when there is one only");
    auto* unlisted = invite->add_flag(
        "--unlisted", o.invite.unlisted,
        "Make a secret: who has the invite finds the user by it, also when `user unlist` hides the name");
    invite->add_option("--note", o.invite.note, "Whom it is for; shown by `invite list`")
        ->type_name("TEXT")
        ->needs(unlisted);
    invite->add_option("--png", o.invite.png, "Also write the QR code as a picture")->type_name("FILE");
    invite->callback([&o] {
        if (o.command) return;  // CLI11 comes here last, also for `invite list`
        o.command = [&o](const CommandContext& c) { return invite_command(c, o.invite); };
    });

    auto* list = invite->add_subcommand("list", "List the invites that have a secret, without it");
    list->add_flag("--json", o.json, "As JSON");
    list->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return invite_list_command(c, o.json); }; });

    auto* remove = invite->add_subcommand("remove", "End an invite: nobody finds the user by it any more");
    remove->add_option("NAME", o.name, "The user")->required();
    remove->add_option("N", o.invite.number, "Its number in `invite list`")->required();
    remove->callback([&o] {
        o.command = [&o](const CommandContext& c) {
            return invite_remove_command(c, o.name, o.invite.number);
        };
    });
}

}  // namespace node
