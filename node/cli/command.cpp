// node/cli/command.cpp - prints, and opens the state.
#include "node/cli/command.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <stdexcept>

#include "node/cli/control_client.hpp"

namespace node {
namespace {

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

const StatePaths& own_paths(const StatePaths& paths) {
    refuse_beside_a_service(paths);
    return paths;
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

void print_notes(const std::vector<std::string>& notes) {
    for (const auto& note : notes)
        std::cerr << note << "\n";
}

StateSession::StateSession(const CommandContext& context)
    : OpenState(context.config, own_paths(context.paths)) {}

void StateSession::tell_the_node() const {
    try {
        ask_node(paths().control_socket, {{"command", "reload"}});
    } catch (const NotRunning&) {
    }
}

int conclude(const StateSession& state, const Done& done) {
    state.tell_the_node();
    std::cout << done.says << "\n";
    print_notes(done.notes);
    return exit_ok;
}

}  // namespace node
