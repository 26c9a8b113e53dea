// node/actions/contacts.cpp - the same checks for a name typed into a terminal or a browser.
#include "node/actions/contacts.hpp"

#include "node/clock.hpp"
#include "node/names/contact.hpp"
#include "node/names/invite.hpp"
#include "node/state/way_in_table.hpp"

namespace node {
namespace {

[[noreturn]] void no_such_contact(const std::string& name) {
    throw ContactError("there is no contact " + name + "; `hedgewitch contact list` shows them");
}

void add_emergency_warning(const Contact& row, Done& done) {
    if (auto warning = emergency_warning(row); !warning.empty()) done.notes.push_back(std::move(warning));
}

}  // namespace

std::string how_found(const Contact& row) {
    return row.secret.empty() ? "" : "  (unlisted, by invite)";
}

Done add_contact(OpenState& state, const std::string& name, const std::optional<std::string>& number,
                 const std::string& address_or_invite) {
    const Contact row = make_contact(name, number, address_or_invite, wall_now());
    state.contacts().add(row);
    if (looks_like_invite(address_or_invite)) {
        if (const auto invite = parse_invite(address_or_invite))
            WayInTable(state.database()).add(invite->begin, wall_now());
    }
    Done done{row.name + " is " + row.uri + how_found(row) + "\nDial " + row.name +
                  (row.number ? " or " + *row.number : "") + " on any of your phones.",
              {}};
    add_emergency_warning(row, done);
    return done;
}

Done remove_contact(OpenState& state, const std::string& name) {
    const std::string canonical = contact_name_of(name);
    if (!state.contacts().remove(canonical)) no_such_contact(canonical);
    return {canonical + " is removed", {}};
}

Done rename_contact(OpenState& state, const std::string& from, const std::string& to) {
    const std::string old_name = contact_name_of(from), new_name = contact_name_of(to);
    if (!state.contacts().rename(old_name, new_name)) no_such_contact(old_name);
    Done done{old_name + " is called " + new_name + " now", {}};
    if (const Contact* row = state.contacts().find_name(new_name); row != nullptr)
        add_emergency_warning(*row, done);
    return done;
}

}  // namespace node
