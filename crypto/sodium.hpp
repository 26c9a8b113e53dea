// crypto/sodium.hpp - one gate to libsodium: nobody calls it before sodium_init() has run.
#pragma once

namespace crypto {

/// Runs sodium_init() the first time; later calls cost a load and a branch. Any thread.
/// Throws std::runtime_error when there is no source of random bytes: at start-up, before any key is used.
void ensure_sodium();

}  // namespace crypto
