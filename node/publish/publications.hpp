// node/publish/publications.hpp - under which names this node publishes what: its users under their own name
// and under each invite, the labels that its zone delegates, and, once the key is given up, the word of that.
// Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "overlay/inner_record.hpp"
#include "overlay/record_name.hpp"

namespace node {

using Publications = std::map<overlay::RecordName, overlay::InnerRecord>;

struct PublishedUser {
    std::string label;
    bool listed = true;                              // under the name alone
    std::vector<std::vector<std::uint8_t>> secrets;  // of invites
    std::optional<overlay::InnerRecord> record;      // none: no phone, or no address that others may call
};

struct Ownership {
    crypto::PublicKey own_key{};
    /// Names of another owner that this node has certificates for. A user with such names is published under
    /// them alone: it is the owner's user, and this node's key is nothing that anybody dials.
    std::vector<overlay::RecordName> certified;
    std::map<std::string, crypto::PublicKey> delegations;  // by label
    bool revoked = false;                                  // the own key
    std::optional<crypto::PublicKey> moved_to;
};

Publications publications(const std::vector<PublishedUser>& users, const Ownership& ownership);

}  // namespace node
