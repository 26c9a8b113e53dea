// node/state/state_tables.cpp - opens the state file for the SIP loop.
#include "node/state/state_tables.hpp"

namespace node {

StateTables::StateTables(const Config& config, const StatePaths& paths, const crypto::PublicKey& own_key,
                         std::chrono::sys_seconds wall)
    : database(paths.database, Durability::process_crash),
      lasting(paths.database, Durability::power_loss),
      users(database, config.sip.realm),
      bindings(database),
      homes(database),
      last_words(database),
      contacts(database),
      invites(database),
      delegations(database),
      certificates(database),
      tombstones(database),
      trust(lasting, config.pins, wall, config.file),
      facts(lasting) {
    // `init` and `restore` say so too, unless they died in between: the mark is of the key before.
    tombstones.identity_is(own_key, wall);
    database.wait_at_most(loop_patience);
    lasting.wait_at_most(loop_patience);
}

void StateTables::reload() {
    users.reload();
    trust.reload();
    contacts.reload();
    invites.reload();
    delegations.reload();
    tombstones.reload();
}

std::optional<bool> StateTables::is_revoked(const crypto::PublicKey& key) {
    try {
        return database.prepare("SELECT 1 FROM revoked WHERE key = ?").bind(1, crypto::ByteView(key)).step();
    } catch (const DatabaseError&) {
        return std::nullopt;
    }
}

}  // namespace node
