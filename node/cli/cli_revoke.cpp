// node/cli/cli_revoke.cpp - CLI11's description of `revoke`.
#include "node/cli/cli_options.hpp"

namespace node {

void add_revoke_commands(CLI::App& app, Options& o) {
    auto* revoke = app.add_subcommand("revoke", "End a key for ever, and tell whoever calls it");
    revoke
        ->add_option("--from", o.revoke.from,
                     "The revocation of the key, yours or a friend's; without it that of this node")
        ->type_name("FILE");
    revoke
        ->add_option("--moved-to", o.revoke.moved_to,
                     "Your new key: 56 characters, an address under .hedge.alt, or an invite")
        ->type_name("KEY");
    revoke->add_flag("--yes", o.revoke.yes, "Do not ask");
    add_passphrase_file(*revoke, o);
    revoke->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return revoke_command(c, o.revoke); }; });
}

}  // namespace node
