// node/cli/clock.cpp - the person says that the clock is right.
#include "node/cli/clock.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "node/clock.hpp"
#include "node/state/facts.hpp"

namespace node {
namespace {

int accept(const CommandContext& context) {
    StateSession state(context);
    Facts facts(state.database());
    const auto known = facts.get(clock_fact);
    facts.forget(clock_fact);
    state.tell_the_node();
    if (known) {
        std::cout << "Forgotten: that the clock said "
                  << date_text(std::chrono::sys_seconds(std::chrono::seconds(*known)))
                  << " when this node last ran\n";
    } else {
        std::cout << "There was no earlier time to forget\n";
    }
    // What an earlier run saw is gone; what the program itself knows is not.
    const auto judgement = ClockGuard(build_time(), std::nullopt, now()).judge(wall_now());
    std::cout << (judgement.says.empty() ? "The clock says " + date_text(wall_now()) : judgement.says)
              << "\n";
    return judgement.verdict == ClockVerdict::plausible ? exit_ok : exit_failed;
}

}  // namespace

void add_clock_commands(CLI::App& app, Commands& commands) {
    auto* clock =
        app.add_subcommand("clock", "When this node says that the clock is wrong")->require_subcommand(1);
    commands.on(*clock->add_subcommand(
                    "accept", "The clock is right now and was wrong before: forget the earlier time"),
                accept);
}

}  // namespace node
