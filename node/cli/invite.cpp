// node/cli/invite.cpp - the secret of an invite is printed when it is made, and never again.
#include "node/cli/invite.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/actions/invites.hpp"
#include "node/addresses.hpp"
#include "node/cli/control_client.hpp"
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

int invite(const CommandContext& context, const Options& options) {
    StateSession state(context);
    const auto begin = ways_in(context);
    Transaction change(state.database());
    const MadeInvite made = make_invite(state, {options.name, options.unlisted, options.note}, begin);
    std::cout << made.text << "\n\n" << qr_text(made.text);
    if (!options.png.empty())
        write_qr_png(options.png, made.text, made.has_secret ? Privacy::secret : Privacy::open);
    flush_output();
    change.commit();
    if (made.has_secret) state.tell_the_node();
    print_notes(made.notes);
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
    StateSession state(context);
    return conclude(state, end_invite(state, options.name, options.number));
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
