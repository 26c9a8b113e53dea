// node/actions/users.cpp - writes the accounts; whoever calls tells the node to read them again.
#include "node/actions/users.hpp"

#include <stdexcept>

#include "crypto/name.hpp"
#include "node/actions/devices.hpp"
#include "node/clock.hpp"
#include "node/identity/identity_file.hpp"
#include "node/names/contact.hpp"
#include "node/names/password.hpp"
#include "node/reach/home_network.hpp"
#include "node/reach/network_dump.hpp"
#include "sip/auth/digest.hpp"

namespace node {
namespace {

/// Phones dial both; it must mean one of them.
void refuse_name_of_contact(const ContactTable& contacts, const std::string& label) {
    const Contact* taken = contacts.find_name(label);
    if (taken == nullptr) taken = contacts.find_number(label);
    if (taken == nullptr) return;
    throw std::runtime_error(label + " is your contact " + taken->name + ", " + taken->uri +
                             "; rename or remove it first, or take another name for the user");
}

UserRow row_of(const OpenState& state, const std::string& label, const std::string& password) {
    const std::string& realm = state.config().sip.realm;
    return {label, realm, sip::credentials_of(label, realm, password), wall_now()};
}

/// Whom others dial: a name of this node's key, or of the owner's whose second node this is.
std::string address_of(OpenState& state, const std::string& label) {
    if (const auto certified = certified_user(state.database(), label))
        return "sip:" + label + "@" + crypto::encode_name(certified->owner) + ".hedge.alt";
    return identity_exists(state.paths()) ? "sip:" + label + "@" + read_address(state.paths()) : "";
}

[[noreturn]] void no_such_user(const std::string& label) {
    throw std::runtime_error("there is no user " + label);
}

void add_devices_note(OpenState& state, std::vector<std::string>& notes) {
    if (auto note = devices_note(state.database()); !note.empty()) notes.push_back(std::move(note));
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

void refuse_weak(const std::string& password, const std::string& otherwise) {
    const auto why = why_weak(password);
    if (why.empty()) return;
    throw std::runtime_error(why +
                             ": whoever hears a phone log in may guess at it for as long as he likes. "
                             "Take a longer one. " +
                             otherwise);
}

PhoneSettings phone_settings(OpenState& state, const std::string& label, const std::string& password) {
    return {label, password, phones_server(state.config().sip.listen, network_or_addresses()),
            address_of(state, label)};
}

void refuse_taken(OpenState& state, const std::string& label) {
    refuse_name_of_contact(state.contacts(), label);
    if (state.delegations().rows().contains(label)) {
        throw std::runtime_error(label + " is delegated to another key: `hedgewitch zone revoke " + label +
                                 "` first, or take another name");
    }
}

void add_user(OpenState& state, const std::string& label, const std::string& password) {
    refuse_taken(state, label);
    if (state.users().add(row_of(state, label, password))) return;
    throw std::runtime_error("there is a user " + label + " already; `hedgewitch user passwd " + label +
                             "` gives a new password");
}

std::vector<std::string> notes_on_new_user(OpenState& state, const std::string& label) {
    std::vector<std::string> notes;
    if (is_emergency_number(label)) {
        notes.push_back(label +
                        " is an emergency number in some countries: who dials it here calls this user, "
                        "and no help.");
    }
    add_devices_note(state, notes);
    return notes;
}

void change_password(OpenState& state, const std::string& label, const std::string& password) {
    if (!state.users().change(row_of(state, label, password))) no_such_user(label);
}

Done remove_user(OpenState& state, const std::string& name) {
    const std::string label = user_label(name);
    if (!state.users().remove(label)) no_such_user(label);
    Done done{label + " is removed", {}};
    add_devices_note(state, done.notes);
    return done;
}

Done set_listed(OpenState& state, const std::string& name, bool listed) {
    const std::string label = user_label(name);
    if (!state.users().set_listed(label, listed)) no_such_user(label);
    Done done;
    if (listed) {
        done.says = label + " can be found by name";
    } else {
        done.says = label + " can no longer be found by name, but by whoever has an invite with a secret";
        if (state.invites().of(label).empty())
            done.notes.push_back("There is none yet: `hedgewitch invite " + label + " --unlisted` makes one");
    }
    add_devices_note(state, done.notes);
    return done;
}

Done set_strangers(OpenState& state, const std::string& name, const std::string& mode) {
    const std::string label = user_label(name);
    const auto policy = stranger_policy_of(mode);
    if (!policy && mode != "default")
        throw std::runtime_error("\"" + mode + "\" is none of allow, ask, reject and default");
    if (!state.callers().set_mode(label, policy)) no_such_user(label);
    return {label + ": " + (policy ? mode : "as the node (sip.strangers)"), {}};
}

Done set_delivery(OpenState& state, const std::string& name, const std::string& mode) {
    const std::string label = user_label(name);
    const auto delivery = sip::delivery_of(mode);
    if (!delivery && mode != "default")
        throw std::runtime_error("\"" + mode + "\" is none of auto, redirect, proxy and default");
    if (!state.users().set_delivery(label, delivery)) no_such_user(label);
    return {label + ": " + (delivery ? mode : "as the node (sip.delivery)"), {}};
}

}  // namespace node
