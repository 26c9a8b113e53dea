// node/cli/cli_trust.cpp - CLI11's description of `trust` and `contact`.
#include <memory>

#include "node/cli/cli_options.hpp"

namespace node {
namespace {

constexpr const char* file_help =
    "A file is JSON:\n"
    "  {\"hedgewitch_contacts\": 1,\n"
    "   \"contacts\": [{\"name\": \"mum\", \"number\": \"12\", \"uri\": \"sip:alice@example.org\"},\n"
    "                {\"name\": \"bob\", \"invite\": \"hedgewitch:<56 characters>/bob?s=<32 "
    "characters>\"}]}\n"
    "\"number\" may be missing; of \"uri\" and \"invite\" there is one. Invites hold secrets: so does the "
    "file.";

}  // namespace

void add_trust_commands(CLI::App& app, Chosen& chosen) {
    struct Given {
        std::string name, key;
        bool json = false;
    };
    const auto given = std::make_shared<Given>();
    auto* trust =
        app.add_subcommand("trust", "Which key each name is bound to, and what to do when it changes")
            ->require_subcommand(1);
    const auto named = [&](const char* command, const char* help) {
        auto* added = trust->add_subcommand(command, help);
        added
            ->add_option("NAME", given->name,
                         "A domain like example.org, or a name of a zone: alice@riverside")
            ->required();
        return added;
    };
    auto* list = trust->add_subcommand("list", "The names: verified, vouched or first seen; keys that wait");
    list->add_flag("--json", given->json, "As JSON");
    list->callback(
        [=, &chosen] { chosen = [=](const auto& c) { return trust_list_command(c, given->json); }; });

    constexpr const char* waiting_help = "The key that you mean: refused if another one waits by then";
    auto* accept = named("accept", "Take the key that wants the place of the old one");
    accept->add_option("KEY", given->key, waiting_help);
    accept->callback([=, &chosen] {
        chosen = [=](const auto& c) { return trust_accept_command(c, given->name, given->key); };
    });
    auto* reject = named("reject", "Stay with the old key, and ignore the one that wants its place");
    reject->add_option("KEY", given->key, waiting_help);
    reject->callback([=, &chosen] {
        chosen = [=](const auto& c) { return trust_reject_command(c, given->name, given->key); };
    });
    auto* pin = named("pin", "Bind a name to a key that you know, whatever was bound before");
    pin->add_option("KEY", given->key, "56 characters, the host that they stand in, or an invite")
        ->required();
    pin->callback([=, &chosen] {
        chosen = [=](const auto& c) { return trust_pin_command(c, given->name, given->key); };
    });
    named("forget", "Forget a name and its keys")->callback([=, &chosen] {
        chosen = [=](const auto& c) { return trust_forget_command(c, given->name); };
    });
}

void add_contact_commands(CLI::App& app, Chosen& chosen) {
    struct Given {
        std::string name, other, file;
        std::optional<std::string> number;
        bool json = false, replace = false;
    };
    const auto given = std::make_shared<Given>();
    auto* contact =
        app.add_subcommand("contact", "Your own names and short numbers for others")->require_subcommand(1);
    const auto named = [&](const char* command, const char* help) {
        auto* added = contact->add_subcommand(command, help);
        added->add_option("NAME", given->name, "Your name for them, which phones can dial")->required();
        return added;
    };
    auto* add = named("add", "Add a contact");
    add->add_option("URI", given->other,
                    "sip:alice@example.org, alice@riverside, or an invite (hedgewitch:...); - reads it from "
                    "standard input")
        ->required();
    add->add_option("--number", given->number, "A short number for keypads: 1 to 10 of 0-9 * #");
    add->callback([=, &chosen] {
        chosen = [=](const auto& c) {
            return contact_add_command(c, given->name, given->other, given->number);
        };
    });
    auto* list = contact->add_subcommand("list", "List the contacts, one a line; never their secrets");
    list->add_flag("--json", given->json, "As JSON");
    list->callback(
        [=, &chosen] { chosen = [=](const auto& c) { return contact_list_command(c, given->json); }; });
    named("remove", "Remove a contact")->callback([=, &chosen] {
        chosen = [=](const auto& c) { return contact_remove_command(c, given->name); };
    });
    auto* rename = named("rename", "Call a contact by another name");
    rename->add_option("NEW", given->other, "The new name")->required();
    rename->callback([=, &chosen] {
        chosen = [=](const auto& c) { return contact_rename_command(c, given->name, given->other); };
    });
    auto* save = contact->add_subcommand("export", "Write all contacts, with the secrets of their invites");
    save->add_option("--file", given->file, "Instead of standard output; readable by you alone")
        ->type_name("FILE");
    save->footer(file_help);
    save->callback(
        [=, &chosen] { chosen = [=](const auto& c) { return contact_export_command(c, given->file); }; });
    auto* load = contact->add_subcommand("import", "Add the contacts of a file: all of them, or none");
    load->add_option("--file", given->file, "Instead of standard input")->type_name("FILE");
    load->add_flag("--replace", given->replace, "Instead of the contacts that are here");
    load->footer(file_help);
    load->callback([=, &chosen] {
        chosen = [=](const auto& c) { return contact_import_command(c, given->file, given->replace); };
    });
}

}  // namespace node
