// node/cli/identity.cpp - makes, prints, copies and takes back the key pair.
#include "node/cli/identity.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <limits>
#include <memory>

#include "crypto/file.hpp"
#include "crypto/name.hpp"
#include "node/clock.hpp"
#include "node/identity/memory_at_hand.hpp"
#include "node/identity/revocation_file.hpp"
#include "node/names/password.hpp"
#include "node/names/qr.hpp"
#include "node/state/lock_file.hpp"
#include "node/state/paths.hpp"
#include "node/state/state_copy.hpp"
#include "node/state/tombstone_table.hpp"

namespace node {
namespace {

struct Options {
    bool if_missing = false, replace = false, qr = false, yes = false, daily = false, empty = false;
    std::filesystem::path revocation, all, file;
    bool ask_backup_passphrase = false;
};

constexpr std::size_t max_identity_file = 4096;

void print_address(const std::string& host) {
    std::cout << "Your address, once there is a user such as alice (`hedgewitch user add alice`):\n"
              << "  sip:alice@" << host << "\n";
}

void say_what_protects_it(const StatePaths& paths) {
    if (std::filesystem::exists(paths.passphrase)) {
        std::cout << "The key is sealed in " << paths.identity.string() << "; its passphrase lies in "
                  << paths.passphrase.string()
                  << ",\nso that the node starts by itself. Whoever can read both files has your identity.\n";
    } else {
        std::cout << "The key is sealed in " << paths.identity.string()
                  << "; the node needs your passphrase at every start.\n";
    }
}

void say_what_revokes_it(const StatePaths& paths) {
    std::cout << paths.revocation.string()
              << " revokes this key if it is ever lost or stolen: keep a copy with the backup, not on this "
                 "machine (`hedgewitch backup --revocation FILE`).\n";
}

LockFile lock_out_the_node(const StatePaths& paths) {
    auto lock = LockFile::take(paths.lock);
    if (!lock) throw std::runtime_error("the node is running on " + paths.dir.string() + "; stop it first");
    return std::move(*lock);
}

/// Of a revoked key: its files under new names, by the start of its own, as what was sealed for it may be
/// wanted yet.
crypto::FileSet former_files(const StatePaths& paths, const TombstoneTable& tombstones) {
    const std::string host = read_address(paths);
    if (!tombstones.own_revoked()) {
        throw IdentityError(host +
                            " is not revoked, and friends would go on calling it: say `hedgewitch revoke` "
                            "first, or move " +
                            paths.dir.string() + " away to start anew");
    }
    const std::string former = "former-" + host.substr(0, 8);
    crypto::FileSet files;
    const auto keep = [&](const std::filesystem::path& file, const std::string& name) {
        if (const auto bytes = crypto::read_file(file, max_identity_file)) files[name] = *bytes;
    };
    keep(paths.identity, former + ".key");
    keep(paths.passphrase, former + ".pass");
    std::cout << "The former key lies in " << (paths.dir / (former + ".key")).string() << "\n";
    return files;
}

/// All files that belong to it, as one: never a key without its passphrase, or without what revokes it.
void take_identity(const CommandContext& context, const crypto::Identity& identity, crypto::FileSet others) {
    const StatePaths& paths = context.paths;
    const auto cost = cost_within(memory_at_hand().value_or(std::numeric_limits<std::uint64_t>::max()));
    auto files = identity_files(paths, identity.seed(), context.passphrase, cost);
    files.merge(revocation_files(paths, identity, wall_now()));
    files.merge(others);
    replace_as_one(paths, files);
}

int init(const CommandContext& context, const Options& options) {
    context.paths.make_dir();
    const bool exists = identity_exists(context.paths);
    if (exists && options.if_missing) return exit_ok;
    if (exists && !options.replace) {
        throw IdentityError("there is an identity in " + context.paths.dir.string() +
                            " already; it is left as it is. It is " + read_address(context.paths));
    }
    const LockFile lock = lock_out_the_node(context.paths);
    StateSession state(context);  // its errors belong here, not into the first run
    TombstoneTable& tombstones = state.tombstones();
    const crypto::Identity identity = crypto::Identity::generate();
    take_identity(context, identity, exists ? former_files(context.paths, tombstones) : crypto::FileSet{});
    tombstones.identity_is(identity.public_key(), wall_now());
    print_address(own_host(identity));
    say_what_protects_it(context.paths);
    say_what_revokes_it(context.paths);
    std::cout << "Lost keys cannot be replaced: `hedgewitch backup` prints yours for paper. Do it now.\n";
    return exit_ok;
}

int address(const CommandContext& context) {
    std::cout << read_address(context.paths) << "\n";
    return exit_ok;
}

int backup(const CommandContext& context, const Options& options) {
    const crypto::Identity identity = read_identity(context.paths, context.passphrase);
    if (!confirmed(options.yes, "This prints your secret key. Whoever sees it can be you. Print it?",
                   "backup prints the secret key; a script says so with --yes")) {
        return exit_failed;
    }
    const std::string seed = crypto::encode_seed(identity.seed());
    std::cout << seed << "\n";
    if (options.qr) std::cout << "\n" << qr_text(seed) << "\n";
    std::cerr << "This is the key of " << own_host(identity)
              << ". `hedgewitch restore` takes it back. Users are not in it.\n";
    return exit_ok;
}

int backup_revocation(const CommandContext& context, const std::filesystem::path& file) {
    if (!std::filesystem::exists(context.paths.revocation))  // of an identity that is older than such files
        ensure_revocation(context.paths, read_identity(context.paths, context.passphrase), wall_now());
    const auto revocation = read_revocation(context.paths.revocation);
    write_revocation(file, revocation);
    std::cout << file.string() << " revokes " << crypto::encode_name(revocation.owner)
              << ".hedge.alt, from any machine: `hedgewitch revoke --from FILE`.\n"
              << "Whoever has it can do that, and nothing else. Keep it with the backup of the key.\n";
    return exit_ok;
}

std::string text_of(const std::filesystem::path& file) {
    constexpr std::size_t most = std::size_t{1} << 20U;
    const auto bytes = crypto::read_file(file, most);
    if (!bytes) throw std::runtime_error(file.string() + ": cannot be read: " + std::strerror(errno));
    return {bytes->begin(), bytes->end()};
}

/// Of the backup, not of the key.
std::string backup_passphrase(bool ask) {
    if (!ask) return make_password();
    const auto line = read_secret_line("Passphrase of the backup: ");
    if (!line) throw std::runtime_error("no passphrase on standard input");
    if (const auto why = why_weak(*line); !why.empty())
        throw std::runtime_error(why + ": whoever finds the backup may guess at it for as long as he likes");
    return *line;
}

int backup_all(const CommandContext& context, const Options& options) {
    const std::string host = read_address(context.paths);
    refuse_if_gone(context.paths);
    const std::string passphrase = backup_passphrase(options.ask_backup_passphrase);
    const auto& config = context.config.file;
    const std::string settings = config.empty() ? "" : text_of(config);
    const auto cost = cost_within(memory_at_hand().value_or(std::numeric_limits<std::uint64_t>::max()));
    write_backup(context.paths, settings, passphrase, cost, options.all);
    std::cout << options.all.string() << " holds all that " << host
              << " is and knows: its key, users, contacts, trust, invites, zone"
              << (settings.empty() ? "" : " and settings") << ". `hedgewitch restore " << options.all.string()
              << "` takes it back, on any machine.\n";
    if (!options.ask_backup_passphrase)
        std::cout << "It is sealed. Write its passphrase down, elsewhere; it is shown only now:\n  "
                  << in_groups(passphrase) << "\n";
    if (!std::filesystem::exists(context.paths.passphrase))
        std::cout << "The key in it needs its own passphrase, too, as here.\n";
    return exit_ok;
}

void refuse_unless_told(const CommandContext& context, const Options& options) {
    if (!identity_exists(context.paths) || options.replace) return;
    throw IdentityError(
        "there is an identity in " + context.paths.dir.string() + " already: " + read_address(context.paths) +
        ". To give it up for the restored one say --replace (and `hedgewitch backup` it first)");
}

/// Digits may be typed in groups, as they were shown.
std::string without_groups(const std::string& typed) {
    if (typed.find_first_not_of("0123456789 ") != std::string::npos) return typed;
    std::string digits = typed;
    std::erase(digits, ' ');
    return digits;
}

/// The file of the machine before, where this one has none, and where it means this folder.
void restore_settings(const CommandContext& context, const std::string& settings) {
    if (settings.empty()) return;
    std::filesystem::path file = default_config_file();
    bool fits = context.config.file.empty() && !std::filesystem::exists(file);
    try {
        fits = fits && Config::parse(settings, file).state_dir == context.paths.dir;
    } catch (const ConfigError&) {
        fits = false;
    }
    if (!fits) file = context.paths.dir / "hedgewitch.toml.restored";
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    if (!crypto::replace_file(file, crypto::bytes_of(settings)))
        throw std::runtime_error(file.string() + ": cannot be written: " + std::strerror(errno));
    std::cout << "Its settings lie in " << file.string()
              << (fits ? ", and are in use" : ", and are not in use: take from there what you want to keep")
              << ". If this machine has another address, look at sip.listen and sip.advertise.\n";
}

int restore_all(const CommandContext& context, const Options& options) {
    context.paths.make_dir();
    refuse_unless_told(context, options);
    const LockFile lock = lock_out_the_node(context.paths);
    std::string passphrase;
    if (is_sealed_backup(options.all)) {
        const auto line = read_secret_line("Passphrase of the backup: ");
        if (!line)
            throw std::runtime_error(options.all.string() +
                                     " is sealed, and there is no passphrase on standard input");
        passphrase = without_groups(*line);
    }
    const Restored restored = read_backup(context.paths, passphrase, options.all);
    replace_as_one(context.paths, restored.files);
    StateSession state(context);
    const auto users = state.users().all();
    std::cout << "This is " << read_address(context.paths) << " again, with " << users.size() << " user"
              << (users.size() == 1 ? "" : "s") << " and " << state.contacts().all().size() << " contacts.\n"
              << "If the node that it was copied from still runs, stop it: one key, one machine.\n";
    restore_settings(context, restored.settings);
    return exit_ok;
}

/// The state file alone: the identity stays.
int restore_state(const CommandContext& context, const Options& options) {
    const StatePaths& paths = context.paths;
    const LockFile lock = lock_out_the_node(paths);
    const auto copy = daily_copy(paths.database);
    if (options.daily && !std::filesystem::exists(copy))
        throw std::runtime_error(copy.string() + ": there is none. " + way_out(paths.database));
    const auto files = options.daily ? replaced_by(paths.database, copy) : removed(paths.database);
    replace_as_one(paths, files);
    const Database opened(paths.database, Durability::power_loss);
    std::cout << paths.database.string() << (options.daily ? " is the daily copy\n" : " is empty\n");
    if (const std::string before = paths.database.filename().string() + ".before"; files.contains(before))
        std::cout << "What it was lies in " << (paths.dir / before).string() << "\n";
    return exit_ok;
}

int restore(const CommandContext& context, Options options) {
    if (options.all.empty()) options.all = options.file;
    if (!options.all.empty()) return restore_all(context, options);
    if (options.daily || options.empty) return restore_state(context, options);
    context.paths.make_dir();
    refuse_unless_told(context, options);
    const LockFile lock = lock_out_the_node(context.paths);
    const auto line = read_secret_line("The 56 characters of the backup: ");
    std::string text = line.value_or("");
    std::erase_if(
        text, [](char c) { return c == ' ' || c == '-' || c == '\t'; });  // as written on paper, in groups
    const auto seed = crypto::decode_seed(text);
    if (!seed) throw IdentityError("this is no backup of a key: " + seed.error().message());
    const crypto::Identity identity = crypto::Identity::from_seed(*seed);
    StateSession state(context);
    TombstoneTable& tombstones = state.tombstones();
    take_identity(context, identity, {});
    tombstones.identity_is(identity.public_key(), wall_now());
    print_address(own_host(identity));
    say_what_protects_it(context.paths);
    say_what_revokes_it(context.paths);
    if (tombstones.own_revoked())
        std::cout << "This key is revoked: all that this node will publish under it is that.\n";
    return exit_ok;
}

}  // namespace

bool confirmed(bool yes, const std::string& question, const std::string& unless) {
    if (yes) return true;
    if (isatty(STDIN_FILENO) == 0) throw std::runtime_error(unless);
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

void add_identity_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("init", "Make this node's identity and print its address");
    auto* if_missing =
        verb->add_flag("--if-missing", options->if_missing, "Do nothing when there is one already");
    verb->add_flag("--replace", options->replace, "Make a new one in the place of one that is revoked")
        ->excludes(if_missing);
    commands.add_ask_passphrase(*verb);
    commands.add_passphrase_file(*verb);
    commands.on(*verb, [options](const CommandContext& c) { return init(c, *options); });

    commands.on(*app.add_subcommand("address", "Print this node's host name, <56 characters>.hedge.alt"),
                address);

    verb = app.add_subcommand("backup", "Print the secret key as 56 characters, for paper");
    auto* qr = verb->add_flag("--qr", options->qr, "Also as a QR code");
    auto* yes = verb->add_flag("--yes", options->yes, "Do not ask whether secrets may be printed");
    verb->add_option("--revocation", options->revocation,
                     "Print nothing, but write what revokes the key if it is ever lost or stolen")
        ->type_name("FILE")
        ->excludes(qr)
        ->excludes(yes);
    verb->add_option("--all", options->all,
                     "Print nothing, but write the key, users, contacts, trust and invites, all in one file")
        ->type_name("FILE")
        ->excludes(qr)
        ->excludes(yes);
    verb->add_flag("--backup-passphrase", options->ask_backup_passphrase,
                   "Of --all: type what seals it (or standard input); without it one is made and shown");
    commands.add_passphrase_file(*verb);
    commands.on(*verb, [options](const CommandContext& c) {
        if (!options->all.empty()) return backup_all(c, *options);
        return options->revocation.empty() ? backup(c, *options) : backup_revocation(c, options->revocation);
    });

    verb = app.add_subcommand(
        "restore",
        "Take back what `backup --all` has written, or the 56 characters of `backup` from standard input");
    verb->add_option("FILE", options->file, "What `backup --all` has written; without it the 56 characters");
    verb->add_flag("--replace", options->replace, "Give up the identity that is here");
    auto* all = verb->add_option("--all", options->all, "The same as FILE")->type_name("FILE");
    auto* daily =
        verb->add_flag("--daily", options->daily,
                       "Put the daily copy in the place of a state.db that is damaged or gone; the identity "
                       "stays")
            ->excludes(all);
    verb->add_flag("--empty", options->empty, "Begin with an empty state.db; the identity stays")
        ->excludes(all)
        ->excludes(daily);
    commands.add_ask_passphrase(*verb);
    commands.add_passphrase_file(*verb);
    commands.on(*verb, [options](const CommandContext& c) { return restore(c, *options); });
}

}  // namespace node
