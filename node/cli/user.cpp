// node/cli/user.cpp - writes the accounts; a running node is told to read them again.
#include "node/cli/user.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/cli/control_client.hpp"
#include "node/cli/device.hpp"
#include "node/cli/phone_link.hpp"
#include "node/clock.hpp"
#include "node/daemon/node_status.hpp"
#include "node/names/contact.hpp"
#include "node/names/password.hpp"
#include "node/reach/home_network.hpp"
#include "node/reach/network_dump.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/delegation_table.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/user_table.hpp"
#include "sip/auth/digest.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string name;
    std::string mode;  // of strangers and delivery
    bool password_stdin = false, json = false, no_link = false;
    LinkOptions link;
};

/// Phones dial both; it must mean one of them.
void refuse_name_of_contact(const ContactTable& contacts, const std::string& label) {
    const Contact* taken = contacts.find_name(label);
    if (taken == nullptr) taken = contacts.find_number(label);
    if (taken == nullptr) return;
    throw std::runtime_error(label + " is your contact " + taken->name + ", " + taken->uri +
                             "; rename or remove it first, or take another name for the user");
}

std::string password_from(bool from_stdin) {
    if (!from_stdin) return make_password();
    const auto line = read_secret_line("Password: ");
    if (!line || line->empty()) throw std::runtime_error("no password on standard input");
    if (const auto why = why_weak(*line); !why.empty()) {
        throw std::runtime_error(why +
                                 ": whoever hears a phone log in may guess at it for as long as he likes. "
                                 "Take a longer one. Without --password-stdin one is made for you");
    }
    return *line;
}

UserRow row_of(const CommandContext& context, const std::string& label, const std::string& password) {
    return {label, context.config.sip.realm, sip::credentials_of(label, context.config.sip.realm, password),
            wall_now()};
}

/// Whom others dial: a name of this node's key, or of the owner's whose second node this is.
std::string address_of(const CommandContext& context, Database& db, const std::string& label) {
    if (const auto certified = certified_user(db, label))
        return "sip:" + label + "@" + crypto::encode_name(certified->owner) + ".hedge.alt";
    return identity_exists(context.paths) ? "sip:" + label + "@" + read_address(context.paths) : "";
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

void print_settings(const CommandContext& context, const std::string& label, const std::string& password,
                    bool show_password, const std::string& address) {
    std::cout << "Set the phone up with\n";
    std::cout << "  user            " << label << "\n";
    if (show_password) {
        std::cout << "  password        " << password << "    (" << in_groups(password)
                  << ", without the spaces; shown only now)\n";
    }
    std::cout << server_lines(phones_server(context.config.sip.listen, network_or_addresses()))
              << stun_line(context);
    if (!address.empty()) std::cout << "Others call  " << address << "\n";
}

int add(const CommandContext& context, const Options& options) {
    const std::string label = user_label(options.name);
    StateSession state(context);
    refuse_name_of_contact(state.contacts(), label);
    if (state.delegations().rows().contains(label)) {
        throw std::runtime_error(label + " is delegated to another key: `hedgewitch zone revoke " + label +
                                 "` first, or take another name");
    }
    const std::string password = password_from(options.password_stdin);
    Transaction change(state.database());
    if (!state.users().add(row_of(context, label, password))) {
        throw std::runtime_error("there is a user " + label + " already; `hedgewitch user passwd " + label +
                                 "` gives a new password");
    }
    print_settings(context, label, password, !options.password_stdin,
                   address_of(context, state.database(), label));
    flush_output();
    change.commit();
    state.tell_the_node();
    if (!options.password_stdin && !options.no_link) offer_link(context, label, password);
    if (is_emergency_number(label))
        std::cerr << label
                  << " is an emergency number in some countries: who dials it here calls this user, "
                     "and no help.\n";
    remind_of_devices(state.database());
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
    if (!state.users().change(row_of(context, label, password)))
        throw std::runtime_error("there is no user " + label);
    print_settings(context, label, password, !options.password_stdin,
                   address_of(context, state.database(), label));
    flush_output();
    change.commit();
    state.tell_the_node();
    return exit_ok;
}

int set_delivery(const CommandContext& context, const Options& options) {
    const std::string label = user_label(options.name);
    const auto delivery = sip::delivery_of(options.mode);
    if (!delivery && options.mode != "default")
        throw std::runtime_error("\"" + options.mode + "\" is none of auto, redirect, proxy and default");
    StateSession state(context);
    if (!state.users().set_delivery(label, delivery)) throw std::runtime_error("there is no user " + label);
    state.tell_the_node();
    std::cout << label << ": " << (delivery ? options.mode : "as the node (sip.delivery)") << "\n";
    return exit_ok;
}

int remove(const CommandContext& context, const Options& options) {
    const std::string label = user_label(options.name);
    StateSession state(context);
    if (!state.users().remove(label)) throw std::runtime_error("there is no user " + label);
    state.tell_the_node();
    std::cout << label << " is removed\n";
    remind_of_devices(state.database());
    return exit_ok;
}

int set_listed(const CommandContext& context, const std::string& name, bool listed) {
    const std::string label = user_label(name);
    StateSession state(context);
    if (!state.users().set_listed(label, listed)) throw std::runtime_error("there is no user " + label);
    state.tell_the_node();
    if (listed) {
        std::cout << label << " can be found by name\n";
        remind_of_devices(state.database());
        return exit_ok;
    }
    std::cout << label << " can no longer be found by name, but by whoever has an invite with a secret\n";
    if (state.invites().of(label).empty())
        std::cerr << "There is none yet: `hedgewitch invite " << label << " --unlisted` makes one\n";
    remind_of_devices(state.database());
    return exit_ok;
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
    const std::string label = user_label(options.name);
    const auto policy = stranger_policy_of(options.mode);
    if (!policy && options.mode != "default")
        throw std::runtime_error("\"" + options.mode + "\" is none of allow, ask, reject and default");
    StateSession state(context);
    if (!state.callers().set_mode(label, policy)) throw std::runtime_error("there is no user " + label);
    state.tell_the_node();
    std::cout << label << ": " << (policy ? options.mode : "as the node (sip.strangers)") << "\n";
    return exit_ok;
}

}  // namespace

std::string user_label(const std::string& name) {
    const auto label = crypto::canonical_label(name);
    if (!label) {
        throw std::runtime_error("\"" + name +
                                 "\" is no user name: 1 to 63 letters, digits and . _ + - are allowed");
    }
    return *label;
}

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
