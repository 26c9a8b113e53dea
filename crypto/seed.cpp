// crypto/seed.cpp - sodium_malloc().
#include "crypto/seed.hpp"

#include <algorithm>
#include <new>

#include "crypto/sodium.hpp"

namespace crypto {

Seed::Seed() {
    ensure_sodium();  // which learns how large a page is
    bytes_.reset(static_cast<std::uint8_t*>(sodium_malloc(size())));
    if (!bytes_) throw std::bad_alloc();
    sodium_memzero(data(), size());
}

Seed::Seed(const Bytes<32>& bytes) : Seed() {
    std::ranges::copy(bytes, data());
}

Seed Seed::clone() const {
    Seed copy;
    std::ranges::copy(view(), copy.data());
    return copy;
}

}  // namespace crypto
