// node/relay/relay_sentence.hpp - how this node is met through friends' nodes, in words. Pure.
#pragma once

#include <string>
#include <string_view>

#include "node/relay/behind_relays.hpp"

namespace node {

[[nodiscard]] std::string_view name(BehindRelays::Standing standing) noexcept;
/// The end of a sentence about a relay.
[[nodiscard]] std::string_view why(RelayRefusal why) noexcept;

/// What is so without relays (reach_sentence.hpp), and with them; the same, while none are wanted.
[[nodiscard]] std::string with_relays(const std::string& says, const BehindRelays& relays, bool has_contacts,
                                      BehindRelays::Time now);

}  // namespace node
