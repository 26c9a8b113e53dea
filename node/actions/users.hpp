// node/actions/users.hpp - the accounts of the phones: what of them a person changes. Throw
// std::runtime_error (a sentence for the person) and DatabaseError, and change nothing then.
#pragma once

#include <string>
#include <vector>

#include "node/actions/done.hpp"
#include "node/actions/open_state.hpp"

namespace node {

/// The canonical form. Throws std::runtime_error: `name` is no user name.
[[nodiscard]] std::string user_label(const std::string& name);

/// Throws what is wrong with a password that a person has chosen. `otherwise`: the sentence on how to get one
/// made.
void refuse_weak(const std::string& password, const std::string& otherwise);
/// Throws why no user can have that name: what it means already. As add_user() does; for before a password is
/// asked for.
void refuse_taken(OpenState& state, const std::string& label);

/// What is typed into a phone.
struct PhoneSettings {
    std::string user, password;
    std::string server;   // "192.168.1.20"; empty: SIP listens nowhere
    std::string address;  // whom others dial, "sip:alice@<key>.hedge.alt"; empty: there is no identity yet
};
[[nodiscard]] PhoneSettings phone_settings(OpenState& state, const std::string& label,
                                           const std::string& password);

/// `label` is canonical. A password that is shown only once is shown within the caller's Transaction, before
/// it counts.
void add_user(OpenState& state, const std::string& label, const std::string& password);
/// What the person should know of a user who is there now.
[[nodiscard]] std::vector<std::string> notes_on_new_user(OpenState& state, const std::string& label);
void change_password(OpenState& state, const std::string& label, const std::string& password);

[[nodiscard]] Done remove_user(OpenState& state, const std::string& name);
/// Found by name, or only by who has an invite with a secret.
[[nodiscard]] Done set_listed(OpenState& state, const std::string& name, bool listed);
/// `mode`: allow, ask, reject or default.
[[nodiscard]] Done set_strangers(OpenState& state, const std::string& name, const std::string& mode);
/// `mode`: auto, redirect, proxy or default.
[[nodiscard]] Done set_delivery(OpenState& state, const std::string& name, const std::string& mode);

}  // namespace node
