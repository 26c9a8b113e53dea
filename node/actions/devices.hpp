// node/actions/devices.hpp - several nodes of one owner, as far as actions at one of them concern the others.
#pragma once

#include <optional>
#include <string>

#include "crypto/identity.hpp"
#include "node/state/database.hpp"

namespace node {

/// Said after a change that this node's owner's other nodes learn of by new certificates alone; empty where
/// there is no other node.
[[nodiscard]] std::string devices_note(Database& db);

/// A user here whose names are those of another key, which has certified this node.
struct CertifiedUser {
    crypto::PublicKey owner{};
    bool listed = false;
};
[[nodiscard]] std::optional<CertifiedUser> certified_user(Database& db, const std::string& label);

}  // namespace node
