// crypto/stretch.cpp - libargon2.
#include "crypto/stretch.hpp"

#include <argon2.h>

namespace crypto {
namespace {

// A file must not make us spend more than a person would wait for, or a small machine has.
constexpr std::uint32_t max_memory_kib = 1024 * 1024, max_lanes = 8;

}  // namespace

bool within_bounds(const KeystoreCost& cost) noexcept {
    return cost.passes >= 1 && cost.passes <= max_keystore_passes && cost.lanes >= 1 &&
           cost.lanes <= max_lanes && cost.memory_kib >= 8 * cost.lanes && cost.memory_kib <= max_memory_kib;
}

Result<Secret<32>> stretch(std::string_view passphrase, ByteView salt, const KeystoreCost& cost) {
    Secret<32> key;
    const int result = argon2id_hash_raw(cost.passes, cost.memory_kib, cost.lanes, passphrase.data(),
                                         passphrase.size(), salt.data(), salt.size(), key.data(), key.size());
    if (result == ARGON2_MEMORY_ALLOCATION_ERROR || result == ARGON2_THREAD_FAIL)
        return fail(Errc::no_memory);
    if (result != ARGON2_OK) return fail(Errc::bad_parameters);  // e.g. a passphrase over 4 GiB
    return key;
}

}  // namespace crypto
