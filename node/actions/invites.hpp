// node/actions/invites.hpp - what is sent to a friend, made and ended. Throw std::runtime_error (a sentence
// for the person, without the secret) and DatabaseError, and change nothing then.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "node/actions/done.hpp"
#include "node/actions/open_state.hpp"
#include "sip/flow.hpp"

namespace node {

struct InviteWish {
    std::string user;       // empty: the only one
    bool unlisted = false;  // with a secret
    std::string note;       // whom it is for; only with a secret
};

struct MadeInvite {
    std::string label;               // whose
    std::string text;                // "hedgewitch:..."; holds the secret, if there is one: shown once
    bool has_secret = false;         // and so the node is to be told
    std::vector<std::string> notes;  // what the person should know besides
};

/// `begin`: nodes of the DHT that a newcomer may begin from; the first most_to_begin are taken. Shown within
/// the caller's Transaction, before it counts.
[[nodiscard]] MadeInvite make_invite(OpenState& state, const InviteWish& wish,
                                     const std::vector<sip::Endpoint>& begin);
/// `number`: from 1, as InviteTable::of() has them.
[[nodiscard]] Done end_invite(OpenState& state, const std::string& user, std::size_t number);

/// "2026-11-25  for Bob"
[[nodiscard]] std::string describe(const InviteRow& row);

}  // namespace node
