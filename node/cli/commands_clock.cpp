// node/cli/commands_clock.cpp - clock accept: what this node believes about the time is forgotten.
#include <iostream>

#include "node/cli/command.hpp"
#include "node/clock.hpp"
#include "node/state/facts.hpp"

namespace node {

int clock_accept_command(const CommandContext& context) {
    context.paths.make_dir();
    Database database(context.paths.database, Durability::power_loss);
    Facts facts(database);
    const auto known = facts.get(clock_fact);
    facts.forget(clock_fact);
    tell_the_node(context);
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

}  // namespace node
