// crypto/keystore.hpp - the seed at rest: one small file, sealed with Argon2id and XChaCha20-Poly1305.
//   header: magic "HWKEY1\n\0", version, t, m (KiB), p, salt 16, header check; body: nonce24 || sealed seed.
// A wrong passphrase and a damaged file are told apart: the header carries its own unkeyed check, and the body
// a check over header and ciphertext, so only an undamaged file can be opened wrongly.
// Start-up only: blocks 130 ms for Argon2id (t = 3, 64 MiB, p = 1; RFC 9106's second option has p = 4).
#pragma once

#include <filesystem>
#include <string_view>

#include "crypto/error.hpp"
#include "crypto/identity.hpp"

namespace crypto {

struct KeystoreCost {
    std::uint32_t passes = 3;
    std::uint32_t memory_kib = 64 * 1024;
    std::uint32_t lanes = 4;  // RFC 9106 §4, second recommended option
};

/// Writes beside `path` and renames: a reader sees the old file or the new one, whole; mode 0600, fsynced.
/// Errors: file_error, bad_parameters.
[[nodiscard]] Result<void> save_keystore(const std::filesystem::path& path, const Seed& seed, std::string_view passphrase,
                                         const KeystoreCost& cost = {});

/// Refuses cost parameters above 8 passes, 1 GiB, 8 lanes before spending any memory.
/// Errors: file_error, damaged_file, unknown_version, bad_parameters, wrong_passphrase.
[[nodiscard]] Result<Seed> load_keystore(const std::filesystem::path& path, std::string_view passphrase);

}  // namespace crypto
