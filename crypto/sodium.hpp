// crypto/sodium.hpp - one gate to libsodium: nobody calls it before sodium_init() has run.
#pragma once

#include "crypto/bytes.hpp"

namespace crypto {

/// Where `view` starts; somewhere, when it is empty: libsodium declares its pointers non-null even for no
/// bytes.
inline const std::uint8_t* start_of(ByteView view) {
    static constexpr std::uint8_t somewhere = 0;
    return view.data() != nullptr ? view.data() : &somewhere;
}

/// Runs sodium_init() the first time; later calls cost a load and a branch. Any thread.
/// Throws std::runtime_error when there is no source of random bytes: at start-up, before any key is used.
void ensure_sodium();

}  // namespace crypto
