// crypto/password_hash.hpp - a password that is only ever compared: Argon2id, in the text form that the
// reference implementation gave it ("$argon2id$v=19$m=19456,t=2,p=1$salt$hash").
// Blocks for some 30 ms, with 19 MiB (what OWASP's cheat sheet asks for at the least): whoever can be asked
// for it by strangers counts them first.
#pragma once

#include <string>
#include <string_view>

#include "crypto/error.hpp"

namespace crypto {

inline constexpr std::size_t max_password_hash = 128;  // characters

/// With a salt of its own. Errors: no_memory.
[[nodiscard]] Result<std::string> hash_password(std::string_view password);
/// False also when `hash` is none, or there is no memory for it.
[[nodiscard]] bool is_password(std::string_view password, const std::string& hash);

}  // namespace crypto
