// node/cli/callers.cpp - a caller who is accepted becomes a contact, one who is rejected is blocked.
#include "node/cli/callers.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/actions/callers.hpp"
#include "node/clock.hpp"
#include "node/state/waiting_callers.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string name;  // of accept: empty, as they call themselves; of unblock: the caller
    std::int64_t number = 0;
    bool json = false;
};

std::string line_of(const WaitingCaller& caller) {
    return fmt::format("{:>4}  {}  {}  for {}, {} call{}, the last {}\n", caller.number,
                       caller.verified ? "verified  " : "unverified", caller.caller, caller.user,
                       caller.calls, caller.calls == 1 ? "" : "s", date_text(caller.last)) +
           (caller.verified ? "" : fmt::format("      calls himself \"{}\"\n", caller.name));
}

int list(const CommandContext& context, const Options& options) {
    StateSession state(context);
    const auto waiting = state.callers().waiting();
    const auto blocked = state.callers().blocked();
    if (options.json) {
        Json json{{"waiting", Json::array()}, {"blocked", blocked}};
        for (const auto& caller : waiting) {
            json["waiting"].push_back({{"number", caller.number},
                                       {"user", caller.user},
                                       {"caller", caller.caller},
                                       {"name", caller.name},
                                       {"verified", caller.verified},
                                       {"calls", caller.calls},
                                       {"first", caller.first.time_since_epoch().count()},
                                       {"last", caller.last.time_since_epoch().count()}});
        }
        std::cout << json.dump(2) << "\n";
        return exit_ok;
    }
    for (const auto& caller : waiting)
        std::cout << line_of(caller);
    for (const auto& caller : blocked)
        std::cout << "      blocked     " << caller << "\n";
    if (waiting.empty()) {
        std::cout << "Nobody waits.\n";
    } else {
        std::cout << "`hedgewitch callers accept N [NAME]` makes one a contact, whose calls ring; `reject N` "
                     "blocks him.\n";
    }
    return exit_ok;
}

int accept(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, accept_caller(state, options.number, options.name));
}

int reject(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, reject_caller(state, options.number));
}

int unblock(const CommandContext& context, const Options& options) {
    StateSession state(context);
    return conclude(state, unblock_caller(state, options.name));
}

}  // namespace

void add_callers_commands(CLI::App& app, Commands& commands) {
    const auto options = std::make_shared<Options>();
    auto* callers = app.add_subcommand("callers", "Who called, was not let through, and waits for you")
                        ->require_subcommand(0, 1);
    const auto listing = [options](const CommandContext& c) { return list(c, *options); };
    callers->add_flag("--json", options->json, "As JSON");
    commands.on(*callers, listing);
    auto* listed = callers->add_subcommand("list", "The callers who wait, the latest first; and the blocked");
    listed->add_flag("--json", options->json, "As JSON");
    commands.on(*listed, listing);

    const auto numbered = [&](const char* name, const char* help) {
        auto* verb = callers->add_subcommand(name, help);
        verb->add_option("N", options->number, "The number that `hedgewitch callers` shows")->required();
        return verb;
    };
    auto* accepted = numbered("accept", "Make a caller a contact, whose calls ring");
    accepted->add_option("NAME", options->name, "Your name for him; his own, unless you say another");
    commands.on(*accepted, [options](const CommandContext& c) { return accept(c, *options); });
    commands.on(*numbered("reject", "Block a caller"),
                [options](const CommandContext& c) { return reject(c, *options); });
    auto* unblocked = callers->add_subcommand("unblock", "Make a blocked caller a stranger again");
    unblocked->add_option("CALLER", options->name, "sip:alice@..., as `hedgewitch callers` shows it")
        ->required();
    commands.on(*unblocked, [options](const CommandContext& c) { return unblock(c, *options); });
}

}  // namespace node
