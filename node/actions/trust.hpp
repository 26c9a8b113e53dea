// node/actions/trust.hpp - which key a name is bound to: what the person decides. Throw std::runtime_error (a
// sentence for the person), PinnedByConfig and DatabaseError, and change nothing then.
#pragma once

#include <chrono>
#include <string>

#include "node/actions/done.hpp"
#include "node/actions/open_state.hpp"

namespace node {

// `name`: as a person types it, a domain like example.org or a name of a zone. `key`: 56 characters, the host
// that they stand in, or an invite; where it may be empty any key that waits is meant.
[[nodiscard]] Done accept_key(OpenState& state, const std::string& name, const std::string& key);
[[nodiscard]] Done reject_key(OpenState& state, const std::string& name, const std::string& key);
[[nodiscard]] Done pin_key(OpenState& state, const std::string& name, const std::string& key);
[[nodiscard]] Done forget_key(OpenState& state, const std::string& name);

/// "2026-11-25"
[[nodiscard]] std::string day_text(std::chrono::sys_seconds time);
/// Since when a key is known, and how long it counts.
[[nodiscard]] std::string age_text(const TrustEntry& entry, std::chrono::sys_seconds now);

}  // namespace node
