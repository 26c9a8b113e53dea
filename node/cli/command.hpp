// node/cli/command.hpp - what every command is given, what it may open, and how it ends. A command prints,
// and returns its exit code. What goes wrong is thrown: cli.cpp says it in one line.
#pragma once

#include <optional>
#include <string_view>

#include "node/config/config.hpp"
#include "node/identity/identity_file.hpp"
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

// Exit codes of every command.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;        // command line or configuration
inline constexpr int exit_not_running = 3;  // the command needs a running node

struct CommandContext {
    Config config;
    StatePaths paths;
    PassphraseSource passphrase;
};

/// What was printed so far has arrived. Throws std::runtime_error: the disk is full, or the reader has gone.
/// What is shown only once is printed before it is kept.
void flush_output();
/// Of a list for people that has nothing in it: `sentence`, on standard error, so that scripts still read
/// nothing.
void say_if_empty(bool empty, bool json, std::string_view sentence);

/// The state directory, opened for one command: made if it is missing, and each table read when it is first
/// asked for. What is written counts at once. Throws DatabaseError. Borrows the context.
class StateSession {
public:
    explicit StateSession(const CommandContext& context);
    StateSession(const StateSession&) = delete;  // the tables point to the database
    StateSession& operator=(const StateSession&) = delete;

    Database& database() noexcept { return database_; }
    UserTable& users();
    ContactTable& contacts();
    WaitingCallers& callers();
    InviteTable& invites();
    DelegationTable& delegations();
    TombstoneTable& tombstones();
    TrustTable& trust();

    /// That there is something to read again. A node that does not run reads it when it starts.
    void tell_the_node() const;

private:
    const CommandContext& context_;
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
