// node/cli/command.cpp - opens the tables, and nothing that was not asked for.
#include "node/cli/command.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <stdexcept>

#include "node/cli/control_client.hpp"
#include "node/clock.hpp"
#include "node/state/state_copy.hpp"

namespace node {
namespace {

template <typename Table, typename... Arguments>
Table& opened(std::optional<Table>& table, Arguments&&... arguments) {
    return table ? *table : table.emplace(std::forward<Arguments>(arguments)...);
}

/// Whoever types a command where the node is a service means that one, and what he wrote beside it nobody
/// would read.
void refuse_beside_a_service(const StatePaths& paths) {
    const std::filesystem::path service = "/var/lib/hedgewitch";
    if (geteuid() == 0 || paths.dir != default_state_dir() || std::filesystem::exists(paths.dir)) return;
    std::error_code hidden;  // a link to where only root gets
    if (!std::filesystem::exists(std::filesystem::symlink_status(service, hidden))) return;
    throw std::runtime_error(
        "the node of this machine is a service, and its state is root's: type it again with `sudo` before it "
        "(for a node of your own: `hedgewitch init` first)");
}

const std::filesystem::path& database_of(const StatePaths& paths) {
    refuse_beside_a_service(paths);
    paths.make_dir();
    paths.must_be_writable();
    refuse_if_gone(paths);
    return paths.database;
}

}  // namespace

void flush_output() {
    errno = 0;
    std::cout.flush();
    if (std::cout) return;
    throw std::runtime_error(std::string("standard output cannot be written: ") +
                             (errno != 0 ? std::strerror(errno) : "nobody reads it"));
}

void say_if_empty(bool empty, bool json, std::string_view sentence) {
    if (empty && !json) std::cerr << sentence << "\n";
}

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
