// node/cli/callers.cpp - a caller who is accepted becomes a contact, one who is rejected is blocked.
#include "node/cli/callers.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "node/clock.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/waiting_callers.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
    std::string name;  // of accept: empty, as they call themselves; of unblock: the caller
    std::int64_t number = 0;
    bool json = false;
};

WaitingCaller caller_of(StateSession& state, std::int64_t number) {
    const auto caller = state.callers().find(number);
    if (caller) return *caller;
    throw std::runtime_error(fmt::format("there is no caller {}; `hedgewitch callers` shows them", number));
}

std::string line_of(const WaitingCaller& caller) {
    return fmt::format("{:>4}  {}  {}  for {}, {} call{}, the last {}\n", caller.number,
                       caller.verified ? "verified  " : "unverified", caller.caller, caller.user,
                       caller.calls, caller.calls == 1 ? "" : "s", date_text(caller.last)) +
           (caller.verified ? "" : fmt::format("      calls himself \"{}\"\n", caller.name));
}

/// The caller's own name for himself, or with the first number that makes it one of nobody here.
Contact add_as_contact(StateSession& state, const WaitingCaller& caller, const std::string& wanted) {
    const std::string base = wanted.empty() ? caller.name : wanted;
    for (int i = 1;; ++i) {
        const std::string name = i == 1 ? base : fmt::format("{}-{}", base, i);
        Contact row = make_contact(name, std::nullopt, caller.caller, wall_now());
        try {
            state.contacts().add(row);
            return row;
        } catch (const ContactError&) {
            if (!wanted.empty() || i == 100) throw;
        }
    }
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
    const WaitingCaller caller = caller_of(state, options.number);
    if (!caller.verified) {
        throw std::runtime_error(
            caller.caller +
            " is only what this caller says: the next one to say so may be another. Let him send you an "
            "invite "
            "and take it with `hedgewitch contact add`, or let strangers ring: `hedgewitch user strangers " +
            caller.user + " allow`");
    }
    const Contact row = add_as_contact(state, caller, options.name);
    (void)state.callers().forget(caller.caller, true);
    (void)state.callers().unblock(caller.caller);
    state.tell_the_node();
    if (const auto warning = emergency_warning(row); !warning.empty()) std::cerr << warning << "\n";
    std::cout << row.name << " is " << row.uri << ", and rings from now on\n";
    return exit_ok;
}

int reject(const CommandContext& context, const Options& options) {
    StateSession state(context);
    const WaitingCaller caller = caller_of(state, options.number);
    if (!state.callers().block(caller.caller, caller.verified, wall_now()))
        throw std::runtime_error("so many callers are blocked that no more are kept; unblock some first");
    (void)state.callers().forget(caller.caller, caller.verified);
    state.tell_the_node();
    std::cout << caller.caller << " is blocked, and hears what the caller of a wrong number hears\n";
    return exit_ok;
}

int unblock(const CommandContext& context, const Options& options) {
    StateSession state(context);
    if (!state.callers().unblock(options.name))
        throw std::runtime_error("\"" + options.name +
                                 "\" is not blocked; `hedgewitch callers` shows who is");
    state.tell_the_node();
    std::cout << options.name << " is a stranger again\n";
    return exit_ok;
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
