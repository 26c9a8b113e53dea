// node/cli/command.hpp - what every command is given, what it may open, and how it ends. A command prints,
// and returns its exit code. What goes wrong is thrown: cli.cpp says it in one line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/actions/done.hpp"
#include "node/actions/open_state.hpp"
#include "node/config/config.hpp"
#include "node/identity/identity_file.hpp"
#include "node/state/paths.hpp"

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

/// What the person should know besides, on standard error.
void print_notes(const std::vector<std::string>& notes);

/// The state directory, opened for one command. Throws DatabaseError. Borrows the context.
class StateSession : public OpenState {
public:
    explicit StateSession(const CommandContext& context);

    /// That there is something to read again. A node that does not run reads it when it starts.
    void tell_the_node() const;
};

/// The end of a command that has changed something: the node is told, and the person. Returns exit_ok.
int conclude(const StateSession& state, const Done& done);

}  // namespace node
