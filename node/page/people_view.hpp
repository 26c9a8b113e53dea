// node/page/people_view.hpp - callers who wait, contacts, invites. Pure; any thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "node/page/page_view.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/waiting_callers.hpp"

namespace node {

struct PeopleShown {
    std::vector<Contact> contacts;
    std::vector<WaitingCaller> waiting;
    std::vector<std::string> blocked;
    std::vector<std::string> users;                                       // who can be invited to
    std::vector<std::pair<std::string, std::vector<InviteRow>>> invites;  // by user, those with a secret
};
/// Callers who wait, contacts, invites.
void people_view(PageView& view, const PeopleShown& shown);

}  // namespace node
