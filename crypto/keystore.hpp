// crypto/keystore.hpp - the seed at rest: one small file, sealed with Argon2id and XChaCha20-Poly1305.
//   header: magic "HWKEY1\n\0", then u32be version = 1, passes, memory in KiB, lanes, then salt 16,
//           then SHA-256("hedgewitch/v1/keystore/header" || the 40 bytes before)[0..7]
//   body:   box (nonce 24 || seed 32 || tag 16; AD = the header), then
//           SHA-256("hedgewitch/v1/keystore/file" || all bytes before)[0..15]            136 bytes in all
// A wrong passphrase and a damaged file are told apart: both checks need no key, so what passes them and
// still does not open has another passphrase. (Who forges the checks can only turn the one error into the
// other.) The header has its own check so that a later version's file is called that, whatever its body is.
// Start-up only: blocks while Argon2id runs, with RFC 9106 §4's second option (t = 3, 64 MiB, p = 4 lanes)
// for 119 ms on one core, 87 ms on two.
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "crypto/error.hpp"
#include "crypto/identity.hpp"
#include "crypto/stretch.hpp"

namespace crypto {

/// The file's bytes. Errors: bad_parameters, no_memory.
[[nodiscard]] Result<std::vector<std::uint8_t>> seal_keystore(const Seed& seed, std::string_view passphrase,
                                                              const KeystoreCost& cost = {});

/// Writes beside `path` and renames: a reader sees the old file or the new one, whole; mode 0600, fsynced.
/// Errors: file_error (errno says why), bad_parameters, no_memory.
[[nodiscard]] Result<void> save_keystore(const std::filesystem::path& path, const Seed& seed,
                                         std::string_view passphrase, const KeystoreCost& cost = {});

/// What it costs to open the file. Errors as load_keystore().
[[nodiscard]] Result<KeystoreCost> keystore_cost(const std::filesystem::path& path);

/// Refuses cost parameters above 8 passes, 1 GiB, 8 lanes, or below RFC 9106's least (1 pass, 1 lane, 8 KiB a
/// lane) before spending any memory. Errors: file_error (errno says why), damaged_file, unknown_version,
/// bad_parameters, no_memory, wrong_passphrase.
[[nodiscard]] Result<Seed> load_keystore(const std::filesystem::path& path, std::string_view passphrase);

}  // namespace crypto
