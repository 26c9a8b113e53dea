// node/names/key_text.hpp - a key as a person hands it to a command: 56 characters, an address that holds
// them, or an invite.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "crypto/identity.hpp"

namespace node {

struct KeyText {
    crypto::PublicKey key{};
    std::string label;      // canonical, of an address or invite; empty: none was given
    bool unlisted = false;  // an invite with a secret
};

/// "<56 chars>", "<56 chars>.hedge.alt", "sip:alice@<56 chars>.hedge.alt", "hedgewitch:<56 chars>/alice", in
/// any case, with spaces, brackets or quotes around; the characters in groups; an invite as parse_invite().
/// The error is a sentence; what was typed is not in it, as it may be the backup of a secret key.
[[nodiscard]] tl::expected<KeyText, std::string> parse_key_text(std::string_view text);

/// For commands: throws std::runtime_error with that sentence.
KeyText read_key_text(std::string_view text);

}  // namespace node
