// node/cli/cli.cpp - CLI11's description of the commands.
#include "node/cli/cli.hpp"

#include <iostream>

#include "node/cli/cli_options.hpp"
#include "node/cli/control_client.hpp"
#include "node/version.hpp"

namespace node {
namespace {

CommandContext context_of(const Options& options) {
    const std::filesystem::path fallback = default_config_file();
    Config config = !options.config_file.empty()        ? Config::load(options.config_file)
                    : std::filesystem::exists(fallback) ? Config::load(fallback)
                                                        : Config::defaults();
    if (!options.state_dir.empty()) config.state_dir = std::filesystem::absolute(options.state_dir);
    StatePaths paths(config.state_dir);
    return {std::move(config), std::move(paths), {options.passphrase_file, options.ask_passphrase}};
}

constexpr const char* passphrase_help =
    "File whose first line is the passphrase of the identity. Without it: the systemd credential "
    "hedgewitch-passphrase, or "
    "identity.pass in the state directory, or the terminal";

void add_ask_passphrase(CLI::App& command, Options& o) {
    command.add_flag("--ask-passphrase", o.ask_passphrase,
                     "Seal the identity with a passphrase that you type, now and at every start. By default "
                     "a random one is kept "
                     "in identity.pass beside it: that protects a copy of the key file alone, not against "
                     "somebody who can read "
                     "the whole state directory");
}

void add_identity_commands(CLI::App& app, Options& o) {
    auto* init = app.add_subcommand("init", "Make this node's identity and print its address");
    auto* if_missing = init->add_flag("--if-missing", o.if_missing, "Do nothing when there is one already");
    init->add_flag("--replace", o.replace, "Make a new one in the place of one that is revoked")
        ->excludes(if_missing);
    add_ask_passphrase(*init, o);
    add_passphrase_file(*init, o);
    init->callback([&o] {
        o.command = [&o](const CommandContext& c) { return init_command(c, o.if_missing, o.replace); };
    });

    app.add_subcommand("address", "Print this node's host name, <56 characters>.hedge.alt")->callback([&o] {
        o.command = address_command;
    });

    auto* backup = app.add_subcommand("backup", "Print the secret key as 56 characters, for paper");
    auto* qr = backup->add_flag("--qr", o.qr, "Also as a QR code");
    auto* yes = backup->add_flag("--yes", o.yes, "Do not ask whether secrets may be printed");
    backup
        ->add_option("--revocation", o.file,
                     "Print nothing, but write what revokes the key if it is ever lost or stolen")
        ->type_name("FILE")
        ->excludes(qr)
        ->excludes(yes);
    add_passphrase_file(*backup, o);
    backup->callback([&o] {
        o.command = [&o](const CommandContext& c) {
            return o.file.empty() ? backup_command(c, o.qr, o.yes) : backup_revocation_command(c, o.file);
        };
    });

    auto* restore = app.add_subcommand("restore", "Read the 56 characters of a backup from standard input");
    restore->add_flag("--replace", o.replace, "Give up the identity that is here");
    add_ask_passphrase(*restore, o);
    add_passphrase_file(*restore, o);
    restore->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return restore_command(c, o.replace); }; });
}

void add_user_commands(CLI::App& app, Options& o) {
    auto* user = app.add_subcommand("user", "Users: the accounts of your phones")->require_subcommand(1);
    const auto named = [&](const char* name, const char* help) {
        auto* command = user->add_subcommand(name, help);
        command->add_option("NAME", o.name, "The part before the @")->required();
        return command;
    };
    auto* add = named("add", "Add a user; without --password-stdin a password is made and printed once");
    add->add_flag("--password-stdin", o.password_stdin, "Read the password from standard input");
    add->callback([&o] {
        o.command = [&o](const CommandContext& c) { return user_add_command(c, o.name, o.password_stdin); };
    });

    auto* passwd = named("passwd", "Give a user a new password");
    passwd->add_flag("--password-stdin", o.password_stdin, "Read the password from standard input");
    passwd->callback([&o] {
        o.command = [&o](const CommandContext& c) {
            return user_passwd_command(c, o.name, o.password_stdin);
        };
    });

    auto* strangers =
        named("strangers", "What becomes of calls to this user from people who are no contacts");
    strangers->add_option("MODE", o.user, "allow, ask, reject, or default: what sip.strangers says")
        ->required();
    strangers->callback([&o] {
        o.command = [&o](const CommandContext& c) { return user_strangers_command(c, o.name, o.user); };
    });

    auto* delivery = named("delivery", "How this user's calls are brought to their callees");
    delivery->add_option("MODE", o.mode, "auto, redirect, proxy, or default: what sip.delivery says")
        ->required();
    delivery->callback([&o] {
        o.command = [&o](const CommandContext& c) { return user_delivery_command(c, o.name, o.mode); };
    });

    named("remove", "Remove a user, its invites and the registrations of its phones")->callback([&o] {
        o.command = [&o](const CommandContext& c) { return user_remove_command(c, o.name); };
    });
    named("unlist", "Let a user be found by invites with a secret alone, no longer by name")->callback([&o] {
        o.command = [&o](const CommandContext& c) { return user_set_listed_command(c, o.name, false); };
    });
    named("relist", "Let a user be found by name again")->callback([&o] {
        o.command = [&o](const CommandContext& c) { return user_set_listed_command(c, o.name, true); };
    });
    auto* list = user->add_subcommand("list", "List the users, one a line");
    list->add_flag("--json", o.json, "As JSON");
    list->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return user_list_command(c, o.json); }; });
}

void add_clock_commands(CLI::App& app, Options& o) {
    auto* clock =
        app.add_subcommand("clock", "When this node says that the clock is wrong")->require_subcommand(1);
    clock->add_subcommand("accept", "The clock is right now and was wrong before: forget the earlier time")
        ->callback([&o] { o.command = clock_accept_command; });
}

void add_node_commands(CLI::App& app, Options& o) {
    auto* run = app.add_subcommand("run", "Run the node; SIGTERM stops it, SIGHUP reloads the users");
    add_passphrase_file(*run, o);
    run->callback([&o] { o.command = run_command; });

    auto* status = app.add_subcommand("status", "Can others reach me, and what to do if not");
    status->add_flag("--json", o.json, "As JSON, with every counter");
    status->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return status_command(c, o.json); }; });

    auto* lookup =
        app.add_subcommand("lookup", "What each step of the routing chain answers for an address, and why");
    lookup->add_option("URI", o.uri, "As a phone would dial it: sip:bob@example.org")->required();
    lookup->add_flag("--json", o.json, "As JSON");
    lookup->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return lookup_command(c, o.uri, o.json); }; });

    auto* explain = app.add_subcommand(
        "explain", "What would happen to a call and why, in sentences; then all that was asked and answered");
    explain->add_option("URI", o.uri, "As a phone would dial it: an address, a contact's name or its number")
        ->required();
    explain->add_option("--from", o.user, "The user whose phones would call: tells what each makes of it")
        ->type_name("USER");
    explain->callback(
        [&o] { o.command = [&o](const CommandContext& c) { return explain_command(c, o.uri, o.user); }; });

    app.add_subcommand("reload", "Tell the running node to read again what commands have written")
        ->callback([&o] { o.command = reload_command; });
    app.add_subcommand("stop", "Stop the running node")->callback([&o] { o.command = stop_command; });
    app.add_subcommand("config", "Print the configuration in effect, with what each key is for")
        ->callback([&o] { o.command = config_command; });
    app.add_subcommand("version", "Print the version")->callback([&o] {
        o.command = [](const CommandContext&) {
            std::cout << "hedgewitch " << version << "\n";
            return exit_ok;
        };
    });
}

int fail(int code, const char* what) {
    std::cerr << "hedgewitch: " << what << "\n";
    return code;
}

}  // namespace

void add_passphrase_file(CLI::App& command, Options& o) {
    command.add_option("--passphrase-file", o.passphrase_file, passphrase_help)->type_name("FILE");
}

int run_cli(int argc, const char* const* argv) {
    Options options;
    CLI::App app(
        "Hedgewitch, a serverless SIP node: registrar and redirect server of your phones; finds others by "
        "DHT and DNS.");
    app.set_version_flag("--version", std::string("hedgewitch ") + version);
    app.add_option("--config", options.config_file, "Configuration file")->type_name("FILE");
    app.add_option("--state", options.state_dir, "State directory, instead of the configured one")
        ->type_name("DIR");
    app.require_subcommand(1);
    add_identity_commands(app, options);
    add_user_commands(app, options);
    add_clock_commands(app, options);
    add_trust_commands(app, options.command);
    add_contact_commands(app, options.command);
    add_callers_commands(app, options.command);
    add_invite_commands(app, options);
    add_zone_commands(app, options);
    add_revoke_commands(app, options);
    add_device_commands(app, options);
    add_node_commands(app, options);
    add_dns_commands(app, options.command);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? exit_ok : exit_usage;
    }
    try {
        return options.command(context_of(options));
    } catch (const ConfigError& e) {
        return fail(exit_usage, e.what());
    } catch (const NotRunning& e) {
        return fail(exit_not_running, e.what());
    } catch (const std::exception& e) {
        return fail(exit_failed, e.what());
    }
}

}  // namespace node
