// node/actions/callers.hpp - those who called and were not let through: made contacts, blocked, unblocked.
// Throw std::runtime_error (a sentence for the person) and DatabaseError, and change nothing then.
#pragma once

#include <cstdint>
#include <string>

#include "node/actions/done.hpp"
#include "node/actions/open_state.hpp"

namespace node {

/// `number`: WaitingCaller::number. `name`: the person's name for him; empty: as he calls himself. Who is not
/// verified cannot be accepted.
[[nodiscard]] Done accept_caller(OpenState& state, std::int64_t number, const std::string& name);
[[nodiscard]] Done reject_caller(OpenState& state, std::int64_t number);
/// `caller`: as WaitingCallers::blocked() has it.
[[nodiscard]] Done unblock_caller(OpenState& state, const std::string& shown);

}  // namespace node
