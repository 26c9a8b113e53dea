// node/state/state_tables.hpp - the tables of the state file that the SIP loop looks into. SIP loop only, the
// constructor aside.
#pragma once

#include <optional>

#include "crypto/identity.hpp"
#include "node/config/config.hpp"
#include "node/state/binding_table.hpp"
#include "node/state/certificate_table.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/database.hpp"
#include "node/state/delegation_table.hpp"
#include "node/state/facts.hpp"
#include "node/state/home_table.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/last_word_table.hpp"
#include "node/state/paths.hpp"
#include "node/state/tombstone_table.hpp"
#include "node/state/trust_table.hpp"
#include "node/state/user_table.hpp"

namespace node {

struct StateTables {
    /// Throws DatabaseError.
    StateTables(const Config& config, const StatePaths& paths, const crypto::PublicKey& own_key,
                std::chrono::sys_seconds wall);
    StateTables(const StateTables&) = delete;  // each borrows its database
    StateTables& operator=(const StateTables&) = delete;

    /// Reads again what commands write. Throws DatabaseError; what was not read stays as it was.
    void reload();

    /// Its owner has given this key up, as the overlay has learnt it, which writes here from its own loop.
    /// Nothing: the database does not say, and nobody may take that for a no.
    [[nodiscard]] std::optional<bool> is_revoked(const crypto::PublicKey& key);

    // A binding lost with the power comes back with the phone's next refresh; an fsync for each REGISTER
    // would not.
    Database database;
    Database lasting;  // the same file: what must outlive the power, too
    UserTable users;
    BindingTable bindings;
    HomeTable homes;
    LastWordTable last_words;
    ContactTable contacts;
    InviteTable invites;
    DelegationTable delegations;
    CertificateTable certificates;
    TombstoneTable tombstones;
    TrustTable trust;
    Facts facts;
};

}  // namespace node
