// node/cli/command.cpp - opens the tables, and nothing that was not asked for.
#include "node/cli/command.hpp"

#include "node/cli/control_client.hpp"
#include "node/clock.hpp"

namespace node {
namespace {

template <typename Table, typename... Arguments>
Table& opened(std::optional<Table>& table, Arguments&&... arguments) {
    return table ? *table : table.emplace(std::forward<Arguments>(arguments)...);
}

const std::filesystem::path& database_of(const StatePaths& paths) {
    paths.make_dir();
    return paths.database;
}

}  // namespace

StateSession::StateSession(const CommandContext& context)
    : context_(context), database_(database_of(context.paths), Durability::power_loss) {}

UserTable& StateSession::users() {
    return opened(users_, database_, context_.config.sip.realm);
}
ContactTable& StateSession::contacts() {
    return opened(contacts_, database_);
}
WaitingCallers& StateSession::callers() {
    return opened(callers_, database_);
}
InviteTable& StateSession::invites() {
    return opened(invites_, database_);
}
DelegationTable& StateSession::delegations() {
    return opened(delegations_, database_);
}
TombstoneTable& StateSession::tombstones() {
    return opened(tombstones_, database_);
}
TrustTable& StateSession::trust() {
    return opened(trust_, database_, context_.config.pins, wall_now(), context_.config.file);
}

void StateSession::tell_the_node() const {
    try {
        ask_node(context_.paths.control_socket, {{"command", "reload"}});
    } catch (const NotRunning&) {
    }
}

}  // namespace node
