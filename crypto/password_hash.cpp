// crypto/password_hash.cpp - libsodium's crypto_pwhash_str, with our cost.
#include "crypto/password_hash.hpp"

#include <sodium/crypto_pwhash.h>

#include <array>

#include "crypto/sodium.hpp"

namespace crypto {
namespace {

constexpr unsigned long long passes = 2;
constexpr std::size_t memory = std::size_t{19} * 1024 * 1024;
static_assert(crypto_pwhash_STRBYTES == max_password_hash);

}  // namespace

Result<std::string> hash_password(std::string_view password) {
    ensure_sodium();
    std::array<char, crypto_pwhash_STRBYTES> hash{};
    if (crypto_pwhash_str(hash.data(), password.data(), password.size(), passes, memory) != 0)
        return fail(Errc::no_memory);
    return std::string(hash.data());
}

bool is_password(std::string_view password, const std::string& hash) {
    ensure_sodium();
    return hash.size() < max_password_hash &&
           crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace crypto
