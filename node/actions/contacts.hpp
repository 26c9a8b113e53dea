// node/actions/contacts.hpp - the person's own names for others: added, renamed, removed. Throw ContactError
// (a sentence for the person) and DatabaseError, and change nothing then.
#pragma once

#include <optional>
#include <string>

#include "node/actions/done.hpp"
#include "node/actions/open_state.hpp"

namespace node {

/// `address_or_invite`: as a person typed or pasted it. Where an invite names nodes of the DHT to begin from,
/// they are kept.
[[nodiscard]] Done add_contact(OpenState& state, const std::string& name,
                               const std::optional<std::string>& number,
                               const std::string& address_or_invite);
[[nodiscard]] Done remove_contact(OpenState& state, const std::string& name);
[[nodiscard]] Done rename_contact(OpenState& state, const std::string& from, const std::string& to);

/// Behind a contact's address: how it is found, where that is not by its name. Mostly empty.
[[nodiscard]] std::string how_found(const Contact& row);

}  // namespace node
