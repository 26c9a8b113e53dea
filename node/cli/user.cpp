// node/cli/user.cpp - writes the accounts; a running node is told to read them again.
#include "node/cli/user.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/actions/users.hpp"
#include "node/cli/control_client.hpp"
#include "node/cli/phone_link.hpp"
#include "node/names/password.hpp"
#include "node/reach/home_network.hpp"
#include "node/status/node_status.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string name;
    std::string mode;  // of strangers and delivery
    bool password_stdin = false, json = false, no_link = false;
    LinkOptions link;
};

std::string password_from(bool from_stdin) {
    if (!from_stdin) return make_password();
    const auto line = read_secret_line("Password: ");
    if (!line || line->empty()) throw std::runtime_error("no password on standard input");
    refuse_weak(*line, "Without --password-stdin one is made for you");
    return *line;
}

/// Which STUN server may be written into a phone. A running node knows which contacts' nodes can be reached.
std::string stun_line(const CommandContext& context) {
    constexpr std::chrono::seconds patience{2};
    try {
        const auto status =
            ask_node(context.paths.control_socket, {{"command", "status"}}, patience).get<NodeStatus>();
        if (status.media.stun_servers.empty()) return {};
        return "  STUN server     " + status.media.stun_servers.front() +
               "    a contact's node; for phones that want one, as with ICE\n";
    } catch (const std::exception&) {
        return {};  // no node runs: none is needed to set a phone up
    }
}

void print_settings(const CommandContext& context, const PhoneSettings& settings, bool show_password) {
    std::cout << "Set the phone up with\n";
    std::cout << "  user            " << settings.user << "\n";
    if (show_password) {
        std::cout << "  password        " << settings.password << "    (" << in_groups(settings.password)
                  << ", without the spaces; shown only now)\n";
    }
    std::cout << server_lines(settings.server) << stun_line(context);
    if (settings.address.empty())
        std::cout
            << "Others cannot call yet: `hedgewitch init` makes this node's key, and with it an address\n";
    else
        std::cout << "Others call  " << settings.address << "\n";
}

int add(const CommandContext& context, const Options& options) {
    const std::string label = user_label(options.name);
    StateSession state(context);
    refuse_taken(state, label);
    const std::string password = password_from(options.password_stdin);
    Transaction change(state.database());
    add_user(state, label, password);
    print_settings(context, phone_settings(state, label, password), !options.password_stdin);
    flush_output();
    change.commit();
    state.tell_the_node();
    if (!options.password_stdin && !options.no_link) offer_link(context, label, password);
    print_notes(notes_on_new_user(state, label));
    return exit_ok;
}

int link(const CommandContext& context, const Options& options) {
    LinkOptions wish = options.link;
    wish.json = options.json;
    print_link(context, user_label(options.name), "", wish);
    return exit_ok;
}

int passwd(const CommandContext& context, const Options& options) {
    const std::string label = user_label(options.name);
    StateSession state(context);
    const std::string password = password_from(options.password_stdin);
    Transaction change(state.database());
    change_password(state, label, password);
    print_settings(context, phone_settings(state, label, password), !options.password_stdin);
    flush_output();
    change.commit();
    state.tell_the_node();
    return exit_ok;
}

int set_delivery(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, node::set_delivery(state, options.name, options.mode));
}

int remove(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, remove_user(state, options.name));
}

int set_listed(const CommandContext& context, const std::string& name, bool listed) {
    StateSession state(context);
    return conclude(state, node::set_listed(state, name, listed));
}

int list(const CommandContext& context, const Options& options) {
    StateSession state(context);
    Json json = Json::array();
    for (const auto& row : state.users().all()) {
        const bool usable = row.realm == context.config.sip.realm;
        const auto& delivery = row.credentials.delivery;
        if (options.json) {
            json.push_back({{"user", row.label},
                            {"created", row.created.time_since_epoch().count()},
                            {"can_log_in", usable},
                            {"listed", row.listed},
                            {"delivery", delivery ? sip::name(*delivery) : "default"}});
        } else {
            std::cout << row.label << (row.listed ? "  listed" : "  unlisted")
                      << (delivery ? "  delivery " + std::string(sip::name(*delivery)) : "")
                      << (usable ? ""
                                 : "  (password is of realm \"" + row.realm +
                                       "\": set it anew with user passwd)")
                      << "\n";
        }
    }
    if (options.json) std::cout << json.dump(2) << "\n";
    say_if_empty(state.users().size() == 0, options.json,
                 "There is no user yet: `hedgewitch user add NAME` makes an account for your phone.");
    return exit_ok;
}

int set_strangers(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, node::set_strangers(state, options.name, options.mode));
}

}  // namespace

void add_user_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* user = app.add_subcommand("user", "Users: the accounts of your phones")->require_subcommand(1);
    const auto does = [&](CLI::App* verb, int (*body)(const CommandContext&, const Options&)) {
        commands.on(*verb, [options, body](const CommandContext& c) { return body(c, *options); });
    };
    const auto named = [&](const char* name, const char* help) {
        auto* verb = user->add_subcommand(name, help);
        verb->add_option("NAME", options->name, "The part before the @")->required();
        return verb;
    };
    auto* verb = named("add", "Add a user; without --password-stdin a password is made and printed once");
    verb->add_flag("--password-stdin", options->password_stdin, "Read the password from standard input");
    verb->add_flag("--no-link", options->no_link, "Make no link that sets a phone up");
    does(verb, add);
    verb = named("link", "A one-time link, and QR code, that sets a phone up; the node must run");
    verb->add_option("--transport", options->link.transport, "udp, tcp or tls; without it the node chooses");
    verb->add_option("--encryption", options->link.encryption,
                     "Of the voice: none, srtp, zrtp (without it) or dtls_srtp, where the callee can, too");
    verb->add_flag("--https", options->link.https,
                   "By HTTPS, also where phones cannot check the node's certificate");
    verb->add_option("--png", options->link.png, "Also as a picture of the QR code")->type_name("FILE");
    verb->add_flag("--json", options->json, "As JSON");
    does(verb, link);
    verb = named("passwd", "Give a user a new password");
    verb->add_flag("--password-stdin", options->password_stdin, "Read the password from standard input");
    does(verb, passwd);
    verb = named("strangers", "What becomes of calls to this user from people who are no contacts");
    verb->add_option("MODE", options->mode, "allow, ask, reject, or default: what sip.strangers says")
        ->required();
    does(verb, set_strangers);
    verb = named("delivery", "How this user's calls are brought to their callees");
    verb->add_option("MODE", options->mode, "auto, redirect, proxy, or default: what sip.delivery says")
        ->required();
    does(verb, set_delivery);
    does(named("remove", "Remove a user, its invites and the registrations of its phones"), remove);
    verb = named("unlist", "Let a user be found by invites with a secret alone, no longer by name");
    does(verb, [](const CommandContext& c, const Options& o) { return set_listed(c, o.name, false); });
    verb = named("relist", "Let a user be found by name again");
    does(verb, [](const CommandContext& c, const Options& o) { return set_listed(c, o.name, true); });
    verb = user->add_subcommand("list", "List the users, one a line");
    verb->add_flag("--json", options->json, "As JSON");
    does(verb, list);
}

}  // namespace node
