// node/cli/commands_contact.cpp - contact add, list, remove, rename, export, import.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "crypto/file.hpp"
#include "node/cli/command.hpp"
#include "node/cli/contact_json.hpp"
#include "node/clock.hpp"

namespace node {
namespace {

struct Opened {
    explicit Opened(const CommandContext& context)
        : database((context.paths.make_dir(), context.paths.database), Durability::power_loss),
          contacts(database) {}
    Database database;
    ContactTable contacts;
};

std::string how_found(const Contact& row) {
    return row.secret.empty() ? "" : "  (unlisted, by invite)";
}

[[noreturn]] void no_such_contact(const std::string& name) {
    throw ContactError("there is no contact " + name + "; `hedgewitch contact list` shows them");
}

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

}  // namespace

int contact_add_command(const CommandContext& context, const std::string& name,
                        const std::string& uri_or_invite, const std::optional<std::string>& number) {
    // What stands on a command line can be seen by every user of the machine; an invite may hold a secret.
    std::string what = uri_or_invite;
    if (what == "-") what = read_secret_line("Address or invite: ").value_or("");
    const Contact row = make_contact(name, number, what, wall_now());
    Opened state(context);
    state.contacts.add(row);
    tell_the_node(context);
    std::cout << row.name << " is " << row.uri << how_found(row) << "\n"
              << "Dial " << row.name << (row.number ? " or " + *row.number : "")
              << " on any of your phones.\n";
    return exit_ok;
}

int contact_list_command(const CommandContext& context, bool json) {
    const Opened state(context);
    const auto rows = state.contacts.all();
    if (json) {
        auto list = nlohmann::ordered_json::array();
        for (const auto& row : rows) {
            list.push_back({{"name", row.name},
                            {"number", row.number ? nlohmann::ordered_json(*row.number) : nullptr},
                            {"uri", row.uri},
                            {"unlisted", !row.secret.empty()},
                            {"created", row.created.time_since_epoch().count()}});
        }
        std::cout << list.dump(2) << "\n";
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
    return exit_ok;
}

int contact_remove_command(const CommandContext& context, const std::string& text) {
    const std::string name = contact_name_of(text);
    Opened state(context);
    if (!state.contacts.remove(name)) no_such_contact(name);
    tell_the_node(context);
    std::cout << name << " is removed\n";
    return exit_ok;
}

int contact_rename_command(const CommandContext& context, const std::string& old_text,
                           const std::string& new_text) {
    const std::string from = contact_name_of(old_text), to = contact_name_of(new_text);
    Opened state(context);
    if (!state.contacts.rename(from, to)) no_such_contact(from);
    tell_the_node(context);
    std::cout << from << " is called " << to << " now\n";
    return exit_ok;
}

int contact_export_command(const CommandContext& context, const std::string& file) {
    const Opened state(context);
    const auto rows = state.contacts.all();
    const std::string text = contacts_to_json(rows);
    if (file.empty()) {
        std::cout << text;
    } else if (!crypto::replace_file(file, crypto::bytes_of(text))) {
        throw ContactError(file + ": cannot be written: " + std::strerror(errno));
    }
    const auto secrets =
        std::count_if(rows.begin(), rows.end(), [](const Contact& row) { return !row.secret.empty(); });
    if (secrets > 0)
        std::cerr << "The secrets of " << secrets << " invite" << (secrets == 1 ? "" : "s")
                  << " are in it: whoever reads it can find these people. Keep it to yourself.\n";
    return exit_ok;
}

int contact_import_command(const CommandContext& context, const std::string& file, bool replace) {
    const std::string text = read_all(file);
    std::size_t in_file = 0, added = 0;
    Opened state(context);
    try {
        if (text.size() > max_contacts_file) throw ContactError("this is too long for contacts");
        const auto rows = contacts_from_json(text, wall_now());
        in_file = rows.size();
        added = state.contacts.import(rows, replace);
    } catch (const ContactError& e) {
        throw ContactError((file.empty() ? "standard input" : file) + ", " + e.what() +
                           ". Nothing was imported");
    }
    tell_the_node(context);
    std::cout << added << " contact" << (added == 1 ? "" : "s") << " added";
    if (added < in_file) std::cout << ", " << in_file - added << " here already";
    std::cout << "\n";
    return exit_ok;
}

}  // namespace node
