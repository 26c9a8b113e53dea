// crypto/sodium.cpp - sodium_init(), once.
#include "crypto/sodium.hpp"

#include <sodium/core.h>

#include <stdexcept>

namespace crypto {

void ensure_sodium() {
    static const int result = sodium_init();  // thread-safe (C++ [stmt.dcl]/4)
    if (result < 0) throw std::runtime_error("libsodium cannot start: no random generator");
}

}  // namespace crypto
