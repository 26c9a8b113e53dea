// crypto/file_check.cpp - read and compared as the layouts have them.
#include "crypto/file_check.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>

namespace crypto {

std::uint32_t get_u32(ByteView file, std::size_t at) {
    std::uint32_t value = 0;
    for (const auto byte : file.subspan(at, 4))
        value = value << 8 | byte;
    return value;
}

Bytes<32> check_of(std::string_view domain, ByteView bytes) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, bytes_of(domain).data(), domain.size());
    crypto_hash_sha256_update(&state, bytes.data(), bytes.size());
    Bytes<32> digest;
    crypto_hash_sha256_final(&state, digest.data());
    return digest;
}

bool check_matches(std::string_view domain, ByteView file, std::size_t at, std::size_t size) {
    return std::ranges::equal(ByteView(check_of(domain, file.first(at))).first(size), file.subspan(at, size));
}

}  // namespace crypto
