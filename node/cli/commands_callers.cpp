// node/cli/commands_callers.cpp - callers list, accept, reject, unblock; user strangers: what the person
// decides about those who are no contacts.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "node/cli/command.hpp"
#include "node/clock.hpp"
#include "node/state/contact_table.hpp"
#include "node/state/waiting_callers.hpp"

namespace node {
namespace {

using Json = nlohmann::ordered_json;

struct Opened {
    explicit Opened(const CommandContext& context)
        : database((context.paths.make_dir(), context.paths.database), Durability::power_loss),
          callers(database),
          contacts(database) {}
    Database database;
    WaitingCallers callers;
    ContactTable contacts;
};

WaitingCaller caller_of(const Opened& state, std::int64_t number) {
    const auto caller = state.callers.find(number);
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
Contact add_as_contact(Opened& state, const WaitingCaller& caller, const std::string& wanted) {
    const std::string base = wanted.empty() ? caller.name : wanted;
    for (int i = 1;; ++i) {
        const std::string name = i == 1 ? base : fmt::format("{}-{}", base, i);
        const Contact row = make_contact(name, std::nullopt, caller.caller, wall_now());
        try {
            state.contacts.add(row);
            return row;
        } catch (const ContactError&) {
            if (!wanted.empty() || i == 100) throw;
        }
    }
}

}  // namespace

int callers_list_command(const CommandContext& context, bool json) {
    const Opened state(context);
    const auto waiting = state.callers.waiting();
    const auto blocked = state.callers.blocked();
    if (json) {
        Json list{{"waiting", Json::array()}, {"blocked", blocked}};
        for (const auto& caller : waiting) {
            list["waiting"].push_back({{"number", caller.number},
                                       {"user", caller.user},
                                       {"caller", caller.caller},
                                       {"name", caller.name},
                                       {"verified", caller.verified},
                                       {"calls", caller.calls},
                                       {"first", caller.first.time_since_epoch().count()},
                                       {"last", caller.last.time_since_epoch().count()}});
        }
        std::cout << list.dump(2) << "\n";
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

int callers_accept_command(const CommandContext& context, std::int64_t number, const std::string& name) {
    Opened state(context);
    const WaitingCaller caller = caller_of(state, number);
    if (!caller.verified) {
        throw std::runtime_error(
            caller.caller +
            " is only what this caller says: the next one to say so may be another. Let him send you an "
            "invite "
            "and take it with `hedgewitch contact add`, or let strangers ring: `hedgewitch user strangers " +
            caller.user + " allow`");
    }
    const Contact row = add_as_contact(state, caller, name);
    (void)state.callers.forget(caller.caller, true);
    (void)state.callers.unblock(caller.caller);
    tell_the_node(context);
    std::cout << row.name << " is " << row.uri << ", and rings from now on\n";
    return exit_ok;
}

int callers_reject_command(const CommandContext& context, std::int64_t number) {
    Opened state(context);
    const WaitingCaller caller = caller_of(state, number);
    if (!state.callers.block(caller.caller, caller.verified, wall_now()))
        throw std::runtime_error("so many callers are blocked that no more are kept; unblock some first");
    (void)state.callers.forget(caller.caller, caller.verified);
    tell_the_node(context);
    std::cout << caller.caller << " is blocked, and hears what the caller of a wrong number hears\n";
    return exit_ok;
}

int callers_unblock_command(const CommandContext& context, const std::string& caller) {
    Opened state(context);
    if (!state.callers.unblock(caller))
        throw std::runtime_error("\"" + caller + "\" is not blocked; `hedgewitch callers` shows who is");
    tell_the_node(context);
    std::cout << caller << " is a stranger again\n";
    return exit_ok;
}

int user_strangers_command(const CommandContext& context, const std::string& user, const std::string& text) {
    const std::string label = user_label(user);
    const auto mode = stranger_policy_of(text);
    if (!mode && text != "default")
        throw std::runtime_error("\"" + text + "\" is none of allow, ask, reject and default");
    Opened state(context);
    if (!state.callers.set_mode(label, mode)) throw std::runtime_error("there is no user " + label);
    tell_the_node(context);
    std::cout << label << ": " << (mode ? text : "as the node (sip.strangers)") << "\n";
    return exit_ok;
}

}  // namespace node
