// node/actions/open_state.hpp - the state file, opened for a person's actions: each table read when it is
// first asked for. What is written counts at once, and outlives the power. One thread, as its Database.
#pragma once

#include <optional>

#include "node/config/config.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/database.hpp"
#include "node/state/delegation_table.hpp"
#include "node/state/invite_table.hpp"
#include "node/state/paths.hpp"
#include "node/state/tombstone_table.hpp"
#include "node/state/trust_table.hpp"
#include "node/state/user_table.hpp"
#include "node/state/waiting_callers.hpp"

namespace node {

class OpenState {
public:
    /// The state directory is made if it is missing. Throws DatabaseError. Borrows `config`.
    OpenState(const Config& config, const StatePaths& paths);
    OpenState(const OpenState&) = delete;  // the tables point to the database
    OpenState& operator=(const OpenState&) = delete;

    [[nodiscard]] const Config& config() const noexcept { return config_; }
    [[nodiscard]] const StatePaths& paths() const noexcept { return paths_; }
    Database& database() noexcept { return database_; }
    UserTable& users();
    ContactTable& contacts();
    WaitingCallers& callers();
    InviteTable& invites();
    DelegationTable& delegations();
    TombstoneTable& tombstones();
    TrustTable& trust();

private:
    const Config& config_;
    const StatePaths paths_;
    Database database_;
    std::optional<UserTable> users_;
    std::optional<ContactTable> contacts_;
    std::optional<WaitingCallers> callers_;
    std::optional<InviteTable> invites_;
    std::optional<DelegationTable> delegations_;
    std::optional<TombstoneTable> tombstones_;
    std::optional<TrustTable> trust_;
};

}  // namespace node
