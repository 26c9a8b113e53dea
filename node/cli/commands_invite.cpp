// node/cli/commands_invite.cpp - invite, invite list, invite remove. The secret of an invite is printed when
// it is made, and never again.
#include <fmt/chrono.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "crypto/name.hpp"
#include "node/cli/command.hpp"
#include "node/cli/control_client.hpp"
#include "node/cli/qr.hpp"
#include "node/clock.hpp"
#include "node/names/invite.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/user_table.hpp"

namespace node {
namespace {

constexpr std::size_t max_note = 200;

struct Opened {
    explicit Opened(const CommandContext& context)
        : database((context.paths.make_dir(), context.paths.database), Durability::power_loss),
          users(database, context.config.sip_realm),
          invites(database) {}
    Database database;
    UserTable users;
    InviteTable invites;
};

UserRow the_user(const Opened& state, const std::string& name) {
    const auto users = state.users.all();
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

std::vector<std::uint8_t> make_secret(Opened& state, const std::string& label, const std::string& note) {
    std::vector<std::uint8_t> secret(invite_secret_size);
    crypto::random_bytes(secret);
    const auto now = wall_now();
    if (!state.invites.add({label, secret, note, now})) {
        throw std::runtime_error(label + " has " + std::to_string(InviteTable::max_of_one_user) +
                                 " invites already, and each costs the network a record: `hedgewitch invite "
                                 "list` shows them, `hedgewitch invite remove " +
                                 label + " N` ends one");
    }
    return secret;
}

/// "2026-11-25  for Bob"
std::string describe(const InviteRow& row) {
    return fmt::format("{:%Y-%m-%d}{}{}", row.created, row.note.empty() ? "" : "  ", row.note);
}

bool is_printable(const std::string& note) {
    return std::none_of(note.begin(), note.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
}

}  // namespace

int invite_command(const CommandContext& context, const InviteOptions& options) {
    if (options.note.size() > max_note || !is_printable(options.note)) {
        throw std::runtime_error("a note is one line of at most " + std::to_string(max_note) + " characters");
    }
    const crypto::PublicKey key = own_key(context.paths);
    Opened state(context);
    const UserRow user = the_user(state, options.name);
    Invite invite{key, user.label, {}};
    if (const auto certified = certified_user(state.database, user.label)) {
        if (options.unlisted || !certified->listed) {
            throw std::runtime_error("this node publishes " + user.label +
                                     " for another key: make invites with a secret at the node of " +
                                     crypto::encode_name(certified->owner));
        }
        invite.key = certified->owner;
    } else if (!options.unlisted && !user.listed) {
        throw std::runtime_error(user.label +
                                 " is unlisted, and an invite without a secret would find nobody: "
                                 "`hedgewitch invite " +
                                 user.label + " --unlisted` makes one with a secret");
    }
    if (options.unlisted) {
        invite.secret = make_secret(state, invite.label, options.note);
        tell_the_node(context);
    }
    const std::string text = format_invite(invite);
    std::cout << text << "\n\n" << qr_text(text) << std::flush;
    if (options.unlisted) {
        std::cerr << "Whoever has this invite can find " << invite.label << ". It is shown only now; "
                  << "`hedgewitch invite remove` ends it.\n";
        if (user.listed) {
            std::cerr << invite.label << " can still be found by name alone; `hedgewitch user unlist "
                      << invite.label << "` ends that\n";
        }
        remind_of_devices(state.database);
    }
    if (!options.png.empty())
        write_qr_png(options.png, text, options.unlisted ? Privacy::secret : Privacy::open);
    return exit_ok;
}

int invite_list_command(const CommandContext& context, bool json) {
    const Opened state(context);
    Json list = Json::array();
    for (const auto& user : state.users.all()) {
        std::size_t number = 0;
        for (const auto& row : state.invites.of(user.label)) {
            ++number;
            if (json) {
                list.push_back({{"user", row.label},
                                {"number", number},
                                {"created", row.created.time_since_epoch().count()},
                                {"note", row.note}});
            } else {
                std::cout << row.label << " " << number << "  " << describe(row) << "\n";
            }
        }
    }
    if (json) std::cout << list.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
    return exit_ok;
}

int invite_remove_command(const CommandContext& context, const std::string& name, std::size_t number) {
    const std::string label = user_label(name);
    Opened state(context);
    const auto rows = state.invites.of(label);
    if (!state.invites.remove(label, number)) {
        throw std::runtime_error(label + " has no invite " + std::to_string(number) +
                                 "; `hedgewitch invite list` shows which there are");
    }
    tell_the_node(context);
    // Later ones move up: what was ended is told by what it is, not by its number.
    std::cout << "Ended: the invite of " << describe(rows.at(number - 1))
              << ". Who has it finds nobody by it\n";
    remind_of_devices(state.database);
    return exit_ok;
}

}  // namespace node
