// node/cli/commands_user.cpp - user add, passwd, delivery, remove, unlist, list. They write
// the database; a running node is told to reload.
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/cli/command.hpp"
#include "node/cli/control_client.hpp"
#include "node/cli/password.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/delegation_table.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/user_table.hpp"
#include "sip/auth/digest.hpp"

namespace node {
namespace {

struct Opened {
    explicit Opened(const CommandContext& context)
        : database((context.paths.make_dir(), context.paths.database), Durability::power_loss),
          users(database, context.config.sip_realm) {}
    Database database;
    UserTable users;
};

/// Phones dial both; it must mean one of them.
void refuse_name_of_contact(Database& database, const std::string& label) {
    const ContactTable contacts(database);
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
    return *line;
}

UserRow row_of(const CommandContext& context, const std::string& label, const std::string& password) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return {label, context.config.sip_realm, sip::credentials_of(label, context.config.sip_realm, password),
            now};
}

/// Whom others dial: a name of this node's key, or of the owner's whose second node this is.
std::string address_of(const CommandContext& context, Database& db, const std::string& label) {
    if (const auto certified = certified_user(db, label))
        return "sip:" + label + "@" + crypto::encode_name(certified->owner) + ".hedge.alt";
    return identity_exists(context.paths) ? "sip:" + label + "@" + read_address(context.paths) : "";
}

void print_settings(const std::string& label, const std::string& password, bool show_password,
                    const std::string& address) {
    std::cout << "Set the phone up with\n";
    std::cout << "  user      " << label << "\n";
    if (show_password) {
        std::cout << "  password  " << password << "    (" << in_groups(password)
                  << ", without the spaces; shown only now)\n";
    }
    std::cout << "  server    this machine's address; `hedgewitch status` shows it\n";
    if (!address.empty()) std::cout << "Others call  " << address << "\n";
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

void tell_the_node(const CommandContext& context) {
    try {
        ask_node(context.paths.control_socket, {{"command", "reload"}});
    } catch (const NotRunning&) {
    }
}

int user_add_command(const CommandContext& context, const std::string& name, bool password_from_stdin) {
    const std::string label = user_label(name);
    Opened state(context);
    refuse_name_of_contact(state.database, label);
    if (DelegationTable(state.database).rows().contains(label)) {
        throw std::runtime_error(label + " is delegated to another key: `hedgewitch zone revoke " + label +
                                 "` first, or take another name");
    }
    const std::string password = password_from(password_from_stdin);
    if (!state.users.add(row_of(context, label, password))) {
        throw std::runtime_error("there is a user " + label + " already; `hedgewitch user passwd " + label +
                                 "` gives a new password");
    }
    tell_the_node(context);
    print_settings(label, password, !password_from_stdin, address_of(context, state.database, label));
    remind_of_devices(state.database);
    return exit_ok;
}

int user_passwd_command(const CommandContext& context, const std::string& name, bool password_from_stdin) {
    const std::string label = user_label(name);
    Opened state(context);
    const std::string password = password_from(password_from_stdin);
    if (!state.users.change(row_of(context, label, password)))
        throw std::runtime_error("there is no user " + label);
    tell_the_node(context);
    print_settings(label, password, !password_from_stdin, address_of(context, state.database, label));
    return exit_ok;
}

int user_delivery_command(const CommandContext& context, const std::string& name, const std::string& mode) {
    const std::string label = user_label(name);
    const auto delivery = sip::delivery_of(mode);
    if (!delivery && mode != "default")
        throw std::runtime_error("\"" + mode + "\" is none of auto, redirect, proxy and default");
    Opened state(context);
    if (!state.users.set_delivery(label, delivery)) throw std::runtime_error("there is no user " + label);
    tell_the_node(context);
    std::cout << label << ": " << (delivery ? mode : "as the node (sip.delivery)") << "\n";
    return exit_ok;
}

int user_remove_command(const CommandContext& context, const std::string& name) {
    const std::string label = user_label(name);
    Opened state(context);
    if (!state.users.remove(label)) throw std::runtime_error("there is no user " + label);
    tell_the_node(context);
    std::cout << label << " is removed\n";
    remind_of_devices(state.database);
    return exit_ok;
}

int user_set_listed_command(const CommandContext& context, const std::string& name, bool listed) {
    const std::string label = user_label(name);
    Opened state(context);
    if (!state.users.set_listed(label, listed)) throw std::runtime_error("there is no user " + label);
    tell_the_node(context);
    if (listed) {
        std::cout << label << " can be found by name\n";
        remind_of_devices(state.database);
        return exit_ok;
    }
    std::cout << label << " can no longer be found by name, but by whoever has an invite with a secret\n";
    if (InviteTable(state.database).of(label).empty())
        std::cerr << "There is none yet: `hedgewitch invite " << label << " --unlisted` makes one\n";
    remind_of_devices(state.database);
    return exit_ok;
}

int user_list_command(const CommandContext& context, bool json) {
    Opened state(context);
    Json list = Json::array();
    for (const auto& row : state.users.all()) {
        const bool usable = row.realm == context.config.sip_realm;
        const auto& delivery = row.credentials.delivery;
        if (json) {
            list.push_back({{"user", row.label},
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
    if (json) std::cout << list.dump(2) << "\n";
    return exit_ok;
}

}  // namespace node
