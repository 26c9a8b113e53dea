// node/cli/invite.cpp - the secret of an invite is printed when it is made, and never again.
#include "node/cli/invite.hpp"

#include <fmt/chrono.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/addresses.hpp"
#include "node/cli/control_client.hpp"
#include "node/cli/device.hpp"
#include "node/cli/user.hpp"
#include "node/clock.hpp"
#include "node/names/invite.hpp"
#include "node/names/qr.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/user_table.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string name;  // empty: the only user
    bool unlisted = false;
    std::string note;
    std::filesystem::path png;  // empty: no picture
    std::size_t number = 0;
    bool json = false;
};

constexpr std::size_t max_note = 200;

UserRow the_user(StateSession& state, const std::string& name) {
    const auto users = state.users().all();
    if (!name.empty()) {
        const std::string label = user_label(name);
        for (const auto& user : users) {
            if (user.label == label) return user;
        }
        throw std::runtime_error("there is no user " + label + "; `hedgewitch user add " + label +
                                 "` adds one");
    }
    if (users.empty())
        throw std::runtime_error(
            "there is no user yet to be invited to: `hedgewitch user add alice` adds one");
    if (users.size() == 1) return users.front();
    std::string names;
    for (const auto& user : users)
        names += (names.empty() ? "" : ", ") + user.label;
    throw std::runtime_error("say whose invite it is: " + names);
}

std::vector<std::uint8_t> make_secret(StateSession& state, const std::string& label,
                                      const std::string& note) {
    std::vector<std::uint8_t> secret(invite_secret_size);
    crypto::random_bytes(secret);
    const auto now = wall_now();
    if (!state.invites().add({label, secret, note, now})) {
        throw std::runtime_error(label + " has " + std::to_string(InviteTable::max_of_one_user) +
                                 " invites already, and each costs the network a record: `hedgewitch invite "
                                 "list` shows them, `hedgewitch invite remove " +
                                 label + " N` ends one");
    }
    return secret;
}

/// Nodes of the DHT that the running node says a newcomer may begin from; none while it does not run.
std::vector<sip::Endpoint> ways_in(const CommandContext& context) {
    std::vector<sip::Endpoint> ways;
    try {
        const auto status = ask_node(context.paths.control_socket, {{"command", "status"}});
        for (const auto& text : status.value("ways_in", std::vector<std::string>())) {
            const auto way = parse_endpoint(text);
            if (way && ways.size() < most_to_begin) ways.push_back(*way);
        }
    } catch (const std::runtime_error&) {  // an invite is good without
    }
    return ways;
}

/// "2026-11-25  for Bob"
std::string describe(const InviteRow& row) {
    return fmt::format("{:%Y-%m-%d}{}{}", row.created, row.note.empty() ? "" : "  ", row.note);
}

bool is_printable(const std::string& note) {
    return std::none_of(note.begin(), note.end(),
                        [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

int invite(const CommandContext& context, const Options& options) {
    if (options.note.size() > max_note || !is_printable(options.note)) {
        throw std::runtime_error("a note is one line of at most " + std::to_string(max_note) + " characters");
    }
    const crypto::PublicKey key = own_key(context.paths);
    StateSession state(context);
    const UserRow user = the_user(state, options.name);
    Invite made{key, user.label, {}};
    if (const auto certified = certified_user(state.database(), user.label)) {
        if (options.unlisted || !certified->listed) {
            throw std::runtime_error("this node publishes " + user.label +
                                     " for another key: make invites with a secret at the node of " +
                                     crypto::encode_name(certified->owner));
        }
        made.key = certified->owner;
    } else if (!options.unlisted && !user.listed) {
        throw std::runtime_error(user.label +
                                 " is unlisted, and an invite without a secret would find nobody: "
                                 "`hedgewitch invite " +
                                 user.label + " --unlisted` makes one with a secret");
    }
    made.begin = ways_in(context);
    Transaction change(state.database());
    if (options.unlisted) made.secret = make_secret(state, made.label, options.note);
    const std::string text = format_invite(made);
    std::cout << text << "\n\n" << qr_text(text);
    if (!options.png.empty())
        write_qr_png(options.png, text, options.unlisted ? Privacy::secret : Privacy::open);
    flush_output();
    change.commit();
    if (options.unlisted) {
        state.tell_the_node();
        std::cerr << "Whoever has this invite can find " << made.label << ". It is shown only now; "
                  << "`hedgewitch invite remove` ends it.\n";
        if (user.listed) {
            std::cerr << made.label << " can still be found by name alone; `hedgewitch user unlist "
                      << made.label << "` ends that\n";
        }
        remind_of_devices(state.database());
    }
    return exit_ok;
}

int list(const CommandContext& context, const Options& options) {
    StateSession state(context);
    Json json = Json::array();
    bool none = true;
    for (const auto& user : state.users().all()) {
        std::size_t number = 0;
        for (const auto& row : state.invites().of(user.label)) {
            ++number;
            none = false;
            if (options.json) {
                json.push_back({{"user", row.label},
                                {"number", number},
                                {"created", row.created.time_since_epoch().count()},
                                {"note", row.note}});
            } else {
                std::cout << row.label << " " << number << "  " << describe(row) << "\n";
            }
        }
    }
    if (options.json) std::cout << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    say_if_empty(none, options.json,
                 "There is no invite with a secret: `hedgewitch invite USER --unlisted` makes one.");
    return exit_ok;
}

int remove(const CommandContext& context, const Options& options) {
    const std::string label = user_label(options.name);
    StateSession state(context);
    const auto rows = state.invites().of(label);
    if (!state.invites().remove(label, options.number)) {
        throw std::runtime_error(label + " has no invite " + std::to_string(options.number) +
                                 "; `hedgewitch invite list` shows which there are");
    }
    state.tell_the_node();
    // Later ones move up: what was ended is told by what it is, not by its number.
    std::cout << "Ended: the invite of " << describe(rows.at(options.number - 1))
              << ". Who has it finds nobody by it\n";
    remind_of_devices(state.database());
    return exit_ok;
}

}  // namespace

void add_invite_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* verb = app.add_subcommand("invite", "Print an invite to call a user, as text and QR code");
    verb->add_option("NAME", options->name, "The user; may be left out when there is one only");
    auto* unlisted = verb->add_flag(
        "--unlisted", options->unlisted,
        "Make a secret: who has the invite finds the user by it, also when `user unlist` hides the name");
    verb->add_option("--note", options->note, "Whom it is for; shown by `invite list`")
        ->type_name("TEXT")
        ->needs(unlisted);
    verb->add_option("--png", options->png, "Also write the QR code as a picture")->type_name("FILE");
    commands.on(*verb, [options](const CommandContext& c) { return invite(c, *options); });

    auto* listed = verb->add_subcommand("list", "List the invites that have a secret, without it");
    listed->add_flag("--json", options->json, "As JSON");
    commands.on(*listed, [options](const CommandContext& c) { return list(c, *options); });

    auto* removed = verb->add_subcommand("remove", "End an invite: nobody finds the user by it any more");
    removed->add_option("NAME", options->name, "The user")->required();
    removed->add_option("N", options->number, "Its number in `invite list`")->required();
    commands.on(*removed, [options](const CommandContext& c) { return remove(c, *options); });
}

}  // namespace node
