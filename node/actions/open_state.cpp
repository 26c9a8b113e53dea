// node/actions/open_state.cpp - opens the tables, and nothing that was not asked for.
#include "node/actions/open_state.hpp"

#include <utility>

#include "node/clock.hpp"
#include "node/state/state_copy.hpp"

namespace node {
namespace {

template <typename Table, typename... Arguments>
Table& opened(std::optional<Table>& table, Arguments&&... arguments) {
    return table ? *table : table.emplace(std::forward<Arguments>(arguments)...);
}

const std::filesystem::path& database_of(const StatePaths& paths) {
    paths.make_dir();
    paths.must_be_writable();
    refuse_if_gone(paths);
    return paths.database;
}

}  // namespace

OpenState::OpenState(const Config& config, const StatePaths& paths)
    : config_(config), paths_(paths), database_(database_of(paths), Durability::power_loss) {}

UserTable& OpenState::users() {
    return opened(users_, database_, config_.sip.realm);
}
ContactTable& OpenState::contacts() {
    return opened(contacts_, database_);
}
WaitingCallers& OpenState::callers() {
    return opened(callers_, database_);
}
InviteTable& OpenState::invites() {
    return opened(invites_, database_);
}
DelegationTable& OpenState::delegations() {
    return opened(delegations_, database_);
}
TombstoneTable& OpenState::tombstones() {
    return opened(tombstones_, database_);
}
TrustTable& OpenState::trust() {
    return opened(trust_, database_, config_.pins, wall_now(), config_.file);
}

}  // namespace node
