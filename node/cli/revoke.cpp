// node/cli/revoke.cpp - publishes what was signed in advance. It needs no seed: that may be lost, or in a
// thief's hands.
#include "node/cli/revoke.hpp"

#include <fmt/chrono.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "crypto/name.hpp"
#include "node/cli/identity.hpp"
#include "node/clock.hpp"
#include "node/identity/revocation_file.hpp"
#include "node/names/key_text.hpp"
#include "node/state/tombstone_table.hpp"

namespace node {
namespace {

struct Options {
    std::filesystem::path from;  // empty: this node's own
    std::string moved_to;        // empty: nowhere
    bool yes = false;
};

std::string host_of(const crypto::PublicKey& key) {
    return crypto::encode_name(key) + ".hedge.alt";
}

/// The given file, or this node's; signed anew when that is missing and the seed is here.
overlay::TombstoneFile find_revocation(const CommandContext& context, const std::filesystem::path& from) {
    if (!from.empty()) return read_revocation(from);
    if (std::filesystem::exists(context.paths.revocation)) return read_revocation(context.paths.revocation);
    if (identity_exists(context.paths))
        return make_revocation(read_identity(context.paths, context.passphrase), wall_now());
    throw IdentityError("there is neither a key nor its revocation in " + context.paths.dir.string() +
                        ": give the copy that was kept with the backup, --from FILE");
}

/// Those that can still be published.
std::vector<overlay::Tombstone> still_good(const overlay::TombstoneFile& revocation,
                                           std::chrono::sys_seconds now) {
    const auto epoch = overlay::epoch_of(static_cast<overlay::UnixSeconds>(now.time_since_epoch().count()));
    std::vector<overlay::Tombstone> good;
    std::ranges::copy_if(revocation.tombstones, std::back_inserter(good),
                         [&](const overlay::Tombstone& tombstone) { return tombstone.epoch >= epoch; });
    return good;
}

std::string end_of(const overlay::Tombstone& tombstone) {
    const auto end = static_cast<std::int64_t>(overlay::epoch_end(tombstone.epoch));
    return fmt::format("{:%Y-%m-%d}", std::chrono::sys_seconds(std::chrono::seconds(end)));
}

/// The new key must be of the same person: the old one signs the word of it.
crypto::PublicKey new_key(const CommandContext& context, const std::string& text,
                          const crypto::PublicKey& old) {
    const crypto::PublicKey key = read_key_text(text).key;
    if (key == old) throw std::runtime_error("--moved-to is the key that is to be revoked");
    if (read_identity(context.paths, context.passphrase).public_key() != old)
        throw IdentityError("the key in " + context.paths.identity.string() + " is another than in " +
                            context.paths.address.string());
    return key;
}

void say_what_is_next(const std::optional<crypto::PublicKey>& moved_to) {
    if (moved_to) {
        std::cout << "Callers of the former names are told of " << host_of(*moved_to)
                  << ".\nKeep this node running beside the new one for as long as friends may dial them.\n";
        return;
    }
    std::cout
        << "Next: stop the node; `hedgewitch init --replace` makes a new key here, and users and "
           "contacts stay;\nstart it again, and send friends the new address (`hedgewitch invite`) by a "
           "way that they trust.\n";
}

int revoke(const CommandContext& context, const Options& options) {
    const overlay::TombstoneFile revocation = find_revocation(context, options.from);
    const std::string host = host_of(revocation.owner);
    const auto good = still_good(revocation, wall_now());
    if (good.empty())
        throw IdentityError("the revocation of " + host + " ran out on " +
                            end_of(revocation.tombstones.back()));
    const bool own = identity_exists(context.paths) && own_key(context.paths) == revocation.owner;
    std::optional<crypto::PublicKey> moved_to;
    if (!options.moved_to.empty()) {
        if (!own)
            throw std::runtime_error("--moved-to needs the key itself, and that of " + host + " is not here");
        moved_to = new_key(context, options.moved_to, revocation.owner);
    }
    if (!confirmed(options.yes,
                   "This ends " + host +
                       " for ever: whoever calls a name under it is told that it is revoked.\n" +
                       "It cannot be undone. Revoke it?",
                   "a key that is revoked is so for ever; a script says so with --yes")) {
        return exit_failed;
    }
    StateSession state(context);
    if (own) {
        state.tombstones().revoke_own(good, moved_to, wall_now());
    } else {
        state.tombstones().add(good);
    }
    state.tell_the_node();
    std::cout << host << " is revoked. This node says so to whoever asks, whenever it runs, until "
              << end_of(good.back()) << ".\n";
    if (own) {
        say_what_is_next(moved_to);
    } else if (!identity_exists(context.paths)) {
        std::cout
            << "It has no key of its own yet: `hedgewitch init` makes one, `hedgewitch run` starts it.\n";
    }
    return exit_ok;
}

}  // namespace

void add_revoke_command(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("revoke", "End a key for ever, and tell whoever calls it");
    verb->add_option("--from", options->from,
                     "The revocation of the key, yours or a friend's; without it that of this node")
        ->type_name("FILE");
    verb->add_option("--moved-to", options->moved_to,
                     "Your new key: 56 characters, an address under .hedge.alt, or an invite")
        ->type_name("KEY");
    verb->add_flag("--yes", options->yes, "Do not ask");
    commands.add_passphrase_file(*verb);
    commands.on(*verb, [options](const CommandContext& c) { return revoke(c, *options); });
}

}  // namespace node
