// node/names/pasted.hpp - text as mail programs, chats and people hand it on, made plain again. Pure.
#pragma once

#include <string>
#include <string_view>

namespace node {

/// Without the > of quoted lines, without characters that nobody sees (soft hyphens, zero-width spaces, byte
/// order marks), no-break spaces as spaces, and %2F and its kin as what they stand for. One is left: %2E, a
/// dot that belongs to a name where a bare one may end a sentence.
[[nodiscard]] std::string cleaned(std::string_view pasted);

/// What stands in <...>, in quotes or in brackets, and without spaces around it.
[[nodiscard]] std::string_view without_brackets(std::string_view text);

/// Without spaces, line ends and the hyphens between groups: for what has a fixed alphabet and length.
[[nodiscard]] std::string without_gaps(std::string_view text);

}  // namespace node
