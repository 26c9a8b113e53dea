// node/actions/callers.cpp - a caller who is accepted becomes a contact, one who is rejected is blocked.
#include "node/actions/callers.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "node/clock.hpp"
#include "node/names/contact.hpp"

namespace node {
namespace {

WaitingCaller caller_of(OpenState& state, std::int64_t number) {
    const auto caller = state.callers().find(number);
    if (caller) return *caller;
    throw std::runtime_error(fmt::format("there is no caller {}; `hedgewitch callers` shows them", number));
}

/// The caller's own name for himself, or with the first number that makes it one of nobody here.
Contact add_as_contact(OpenState& state, const WaitingCaller& caller, const std::string& wanted) {
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

}  // namespace

Done accept_caller(OpenState& state, std::int64_t number, const std::string& name) {
    const WaitingCaller caller = caller_of(state, number);
    if (!caller.verified) {
        throw std::runtime_error(
            caller.caller +
            " is only what this caller says: the next one to say so may be another. Let him send you an "
            "invite and take it with `hedgewitch contact add`, or let strangers ring: `hedgewitch user "
            "strangers " +
            caller.user + " allow`");
    }
    const Contact row = add_as_contact(state, caller, name);
    (void)state.callers().forget(caller.caller, true);
    (void)state.callers().unblock(caller.caller);
    Done done{row.name + " is " + row.uri + ", and rings from now on", {}};
    if (auto warning = emergency_warning(row); !warning.empty()) done.notes.push_back(std::move(warning));
    return done;
}

Done reject_caller(OpenState& state, std::int64_t number) {
    const WaitingCaller caller = caller_of(state, number);
    if (!state.callers().block(caller.caller, caller.verified, wall_now()))
        throw std::runtime_error("so many callers are blocked that no more are kept; unblock some first");
    (void)state.callers().forget(caller.caller, caller.verified);
    return {caller.caller + " is blocked, and hears what the caller of a wrong number hears", {}};
}

Done unblock_caller(OpenState& state, const std::string& shown) {
    constexpr std::string_view mark = "(unverified) ";  // as WaitingCallers::blocked() says it
    const std::string caller = shown.starts_with(mark) ? shown.substr(mark.size()) : shown;
    if (!state.callers().unblock(caller))
        throw std::runtime_error("\"" + caller + "\" is not blocked; `hedgewitch callers` shows who is");
    return {caller + " is a stranger again", {}};
}

}  // namespace node
