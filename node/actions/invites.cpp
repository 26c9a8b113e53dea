// node/actions/invites.cpp - the secret of an invite is told when it is made, and never again.
#include "node/actions/invites.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "crypto/name.hpp"
#include "node/actions/devices.hpp"
#include "node/actions/users.hpp"
#include "node/clock.hpp"
#include "node/identity/identity_file.hpp"
#include "node/names/invite.hpp"

namespace node {
namespace {

constexpr std::size_t max_note = 200;

UserRow the_user(OpenState& state, const std::string& name) {
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

std::vector<std::uint8_t> make_secret(OpenState& state, const std::string& label, const std::string& note) {
    std::vector<std::uint8_t> secret(invite_secret_size);
    crypto::random_bytes(secret);
    if (!state.invites().add({label, secret, note, wall_now()})) {
        throw std::runtime_error(label + " has " + std::to_string(InviteTable::max_of_one_user) +
                                 " invites already, and each costs the network a record: `hedgewitch invite "
                                 "list` shows them, `hedgewitch invite remove " +
                                 label + " N` ends one");
    }
    return secret;
}

bool is_printable(const std::string& note) {
    return std::none_of(note.begin(), note.end(),
                        [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

/// By which key the user is found. Throws where the wanted kind of invite would find nobody.
crypto::PublicKey key_of(OpenState& state, const UserRow& user, bool unlisted) {
    if (const auto certified = certified_user(state.database(), user.label)) {
        if (unlisted || !certified->listed) {
            throw std::runtime_error("this node publishes " + user.label +
                                     " for another key: make invites with a secret at the node of " +
                                     crypto::encode_name(certified->owner));
        }
        return certified->owner;
    }
    if (!unlisted && !user.listed) {
        throw std::runtime_error(user.label +
                                 " is unlisted, and an invite without a secret would find nobody: "
                                 "`hedgewitch invite " +
                                 user.label + " --unlisted` makes one with a secret");
    }
    return own_key(state.paths());
}

std::vector<std::string> notes_on_secret(OpenState& state, const UserRow& user) {
    std::vector<std::string> notes{"Whoever has this invite can find " + user.label +
                                   ". It is shown only now; `hedgewitch invite remove` ends it."};
    if (user.listed) {
        notes.push_back(user.label + " can still be found by name alone; `hedgewitch user unlist " +
                        user.label + "` ends that");
    }
    if (auto note = devices_note(state.database()); !note.empty()) notes.push_back(std::move(note));
    return notes;
}

}  // namespace

MadeInvite make_invite(OpenState& state, const InviteWish& wish, const std::vector<sip::Endpoint>& begin) {
    if (wish.note.size() > max_note || !is_printable(wish.note))
        throw std::runtime_error("a note is one line of at most " + std::to_string(max_note) + " characters");
    (void)own_key(state.paths());  // who has none yet is told so first
    const UserRow user = the_user(state, wish.user);
    Invite invite{key_of(state, user, wish.unlisted), user.label, {}};
    invite.begin.assign(begin.begin(),
                        begin.begin() + static_cast<std::ptrdiff_t>(std::min(begin.size(), most_to_begin)));
    if (wish.unlisted) invite.secret = make_secret(state, user.label, wish.note);
    return {user.label, format_invite(invite), wish.unlisted,
            wish.unlisted ? notes_on_secret(state, user) : std::vector<std::string>()};
}

Done end_invite(OpenState& state, const std::string& user, std::size_t number) {
    const std::string label = user_label(user);
    const auto rows = state.invites().of(label);
    if (!state.invites().remove(label, number)) {
        throw std::runtime_error(label + " has no invite " + std::to_string(number) +
                                 "; `hedgewitch invite list` shows which there are");
    }
    // Later ones move up: what was ended is told by what it is, not by its number.
    Done done{"Ended: the invite of " + describe(rows.at(number - 1)) + ". Who has it finds nobody by it",
              {}};
    if (auto note = devices_note(state.database()); !note.empty()) done.notes.push_back(std::move(note));
    return done;
}

std::string describe(const InviteRow& row) {
    return fmt::format("{:%Y-%m-%d}{}{}", row.created, row.note.empty() ? "" : "  ", row.note);
}

}  // namespace node
