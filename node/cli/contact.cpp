// node/cli/contact.cpp - the person's own names for others, and the file that they are kept in.
#include "node/cli/contact.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "crypto/file.hpp"
#include "crypto/name.hpp"
#include "node/actions/contacts.hpp"
#include "node/cli/contact_json.hpp"
#include "node/clock.hpp"
#include "node/identity/identity_file.hpp"
#include "node/names/invite.hpp"
#include "node/names/qr_picture.hpp"
#include "node/provisioning/phonebook.hpp"
#include "node/reach/home_network.hpp"
#include "node/reach/network_dump.hpp"

namespace node {
namespace {

struct Options {
    std::string name;
    std::string other;  // whom it is for; of rename: the new name
    std::string file;   // empty: standard output, standard input
    std::filesystem::path image;
    std::string phonebook;  // empty: JSON
    std::optional<std::string> number;
    bool json = false, replace = false;
};

constexpr const char* file_help =
    "A file is JSON:\n"
    "  {\"hedgewitch_contacts\": 1,\n"
    "   \"contacts\": [{\"name\": \"mum\", \"number\": \"12\", \"uri\": \"sip:alice@example.org\"},\n"
    "                {\"name\": \"bob\", \"invite\": \"hedgewitch:<56 characters>/bob?s=<32 "
    "characters>\"}]}\n"
    "\"number\" may be missing; of \"uri\" and \"invite\" there is one. Invites hold secrets: so does the "
    "file.";

std::string read_all(const std::string& file) {
    if (file.empty()) {
        std::ostringstream text;
        text << std::cin.rdbuf();
        return text.str();
    }
    const auto bytes = crypto::read_file(file, max_contacts_file + 1);
    if (!bytes) throw ContactError(file + ": cannot be read: " + std::strerror(errno));
    return {bytes->begin(), bytes->end()};
}

void warn_of_emergency_number(const Contact& row) {
    if (const std::string warning = emergency_warning(row); !warning.empty()) std::cerr << warning << "\n";
}

/// Of the QR codes in a picture, the first that means somebody.
std::string invite_in(const std::filesystem::path& image) {
    const auto bytes = crypto::read_file(image, max_qr_picture + 1);
    if (!bytes) throw ContactError(image.string() + ": cannot be read: " + std::strerror(errno));
    const auto invite = invite_in_picture(*bytes);
    if (!invite) throw ContactError(image.string() + " " + invite.error());
    return *invite;
}

int add(const CommandContext& context, const Options& options) {
    if (options.other.empty() == options.image.empty()) {
        std::cerr << "hedgewitch: say who it is: an address or an invite, or --image with a picture of one\n";
        return exit_usage;
    }
    // What stands on a command line can be seen by every user of the machine; an invite may hold a secret.
    std::string what = options.image.empty() ? options.other : invite_in(options.image);
    if (what == "-") what = read_secret_text("Address or invite: ").value_or("");
    StateSession state(context);
    return conclude(state, add_contact(state, options.name, options.number, what));
}

std::string asked(const std::string& prompt) {
    std::cout << prompt << std::flush;
    std::string line;
    std::getline(std::cin, line);
    return line;
}

/// A click is a person's, and a node that is a service is somebody else's: a contact that goes into a folder
/// which no node reads is lost.
std::string why_no_node(const CommandContext& context, const Invite& invite) {
    if (identity_exists(context.paths)) return {};
    return fmt::format(
        "There is no node in {}, so nobody would know this contact. If yours runs as a service, paste the "
        "invite on its page, at People, or behind\n  sudo hedgewitch contact add {} -\n",
        context.paths.dir.string(), invite.label);
}

/// What the desktop does with a link "hedgewitch:...": a terminal opens, and closes when we end.
int accept(const CommandContext& context, const Options& options) {
    const auto invite = parse_invite(options.other);
    if (!invite) throw ContactError(invite.error());
    std::cout << "An invite of " << invite->label << ", whose key is\n  " << crypto::encode_name(invite->key)
              << "\n";
    int code = exit_failed;
    if (const auto why = why_no_node(context, *invite); !why.empty()) {
        std::cout << why;
    } else {
        try {
            auto name = asked("Your name for them [" + invite->label + "], or Ctrl-C: ");
            if (name.empty()) name = invite->label;
            StateSession state(context);
            code = conclude(state, add_contact(state, name, std::nullopt, options.other));
        } catch (const std::exception& e) {
            std::cout << e.what() << "\n";
        }
    }
    if (isatty(STDIN_FILENO) != 0) (void)asked("Enter closes this window. ");
    return code;
}

int list(const CommandContext& context, const Options& options) {
    StateSession state(context);
    const auto rows = state.contacts().all();
    if (options.json) {
        auto json = nlohmann::ordered_json::array();
        for (const auto& row : rows) {
            json.push_back({{"name", row.name},
                            {"number", row.number ? nlohmann::ordered_json(*row.number) : nullptr},
                            {"uri", row.uri},
                            {"unlisted", !row.secret.empty()},
                            {"created", row.created.time_since_epoch().count()}});
        }
        std::cout << json.dump(2) << "\n";
        return exit_ok;
    }
    std::size_t name_width = 0, number_width = 0;
    for (const auto& row : rows) {
        name_width = std::max(name_width, row.name.size());
        number_width = std::max(number_width, row.number.value_or("").size());
    }
    for (const auto& row : rows) {
        std::cout << fmt::format("{:<{}}  {:<{}}{}{}{}\n", row.name, name_width, row.number.value_or(""),
                                 number_width, number_width == 0 ? "" : "  ", row.uri, how_found(row));
    }
    say_if_empty(rows.empty(), options.json,
                 "There is no contact yet: `hedgewitch contact add NAME ADDRESS` makes one of an invite or "
                 "an address.");
    return exit_ok;
}

int remove(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, remove_contact(state, options.name));
}

int rename(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, rename_contact(state, options.name, options.other));
}

std::string as_phonebook(const CommandContext& context, const std::string& form,
                         const std::vector<Contact>& rows) {
    const auto known = phonebook_form_of(form);
    if (!known) throw ContactError("\"" + form + "\" is none of vcard, yealink, grandstream and snom");
    return phonebook(*known, rows, phones_server(context.config.sip.listen, network_or_addresses())).body;
}

int save(const CommandContext& context, const Options& options) {
    StateSession state(context);
    const auto rows = state.contacts().all();
    const std::string text =
        options.phonebook.empty() ? contacts_to_json(rows) : as_phonebook(context, options.phonebook, rows);
    if (options.file.empty()) {
        std::cout << text;
    } else if (!crypto::replace_file(options.file, crypto::bytes_of(text))) {
        throw ContactError(options.file + ": cannot be written: " + std::strerror(errno));
    }
    if (!options.phonebook.empty()) return exit_ok;  // there is no secret in it
    const auto secrets =
        std::count_if(rows.begin(), rows.end(), [](const Contact& row) { return !row.secret.empty(); });
    if (secrets > 0)
        std::cerr << "The secrets of " << secrets << " invite" << (secrets == 1 ? "" : "s")
                  << " are in it: whoever reads it can find these people. Keep it to yourself.\n";
    return exit_ok;
}

int load(const CommandContext& context, const Options& options) {
    const std::string text = read_all(options.file);
    std::vector<Contact> rows;
    std::size_t added = 0;
    StateSession state(context);
    try {
        if (text.size() > max_contacts_file) throw ContactError("this is too long for contacts");
        rows = contacts_from_json(text, wall_now());
        added = state.contacts().import(rows, options.replace);
    } catch (const ContactError& e) {
        throw ContactError((options.file.empty() ? "standard input" : options.file) + ", " + e.what() +
                           ". Nothing was imported");
    }
    state.tell_the_node();
    std::cout << added << " contact" << (added == 1 ? "" : "s") << " added";
    if (added < rows.size()) std::cout << ", " << rows.size() - added << " here already";
    std::cout << "\n";
    for (const Contact& row : rows)
        warn_of_emergency_number(row);
    return exit_ok;
}

}  // namespace

void add_contact_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* contact =
        app.add_subcommand("contact", "Your own names and short numbers for others")->require_subcommand(1);
    const auto does = [&](CLI::App* verb, int (*body)(const CommandContext&, const Options&)) {
        commands.on(*verb, [options, body](const CommandContext& c) { return body(c, *options); });
    };
    const auto named = [&](const char* name, const char* help) {
        auto* verb = contact->add_subcommand(name, help);
        verb->add_option("NAME", options->name, "Your name for them, which phones can dial")->required();
        return verb;
    };
    auto* verb = named("add", "Add a contact");
    verb->add_option("URI", options->other,
                     "sip:alice@example.org, alice@riverside, or an invite (hedgewitch:...); - reads it from "
                     "standard input");
    verb->add_option("--image", options->image, "A PNG or JPEG picture of the invite's QR code, instead")
        ->type_name("FILE");
    verb->add_option("--number", options->number, "A short number for keypads: 1 to 10 of 0-9 * #");
    does(verb, add);
    verb =
        contact->add_subcommand("accept", "Ask for a name and add a contact: what a click on an invite does");
    verb->add_option("INVITE", options->other, "hedgewitch:...")->required();
    does(verb, accept);
    verb = contact->add_subcommand("list", "List the contacts, one a line; never their secrets");
    verb->add_flag("--json", options->json, "As JSON");
    does(verb, list);
    does(named("remove", "Remove a contact"), remove);
    verb = named("rename", "Call a contact by another name");
    verb->add_option("NEW", options->other, "The new name")->required();
    does(verb, rename);
    verb = contact->add_subcommand("export", "Write all contacts, with the secrets of their invites");
    verb->add_option("--file", options->file, "Instead of standard output; readable by you alone")
        ->type_name("FILE");
    verb->add_option("--phonebook", options->phonebook,
                     "Names and short numbers alone, for phones: vcard, yealink, grandstream or snom");
    verb->footer(file_help);
    does(verb, save);
    verb = contact->add_subcommand("import", "Add the contacts of a file: all of them, or none");
    verb->add_option("--file", options->file, "Instead of standard input")->type_name("FILE");
    verb->add_flag("--replace", options->replace, "Instead of the contacts that are here");
    verb->footer(file_help);
    does(verb, load);
}

}  // namespace node
