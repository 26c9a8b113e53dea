// crypto/sealed_file.hpp - a whole backup under a passphrase: Argon2id and XChaCha20-Poly1305, as the
// keystore has it (crypto/keystore.hpp), of any length.
//   header: magic "HWBAK1\n\0", then u32be version = 1, passes, memory in KiB, lanes, then salt 16,
//           then SHA-256("hedgewitch/v1/backup/header" || the 40 bytes before)[0..7]
//   body:   box (nonce 24 || content || tag; AD = the header), then
//           SHA-256("hedgewitch/v1/backup/file" || all bytes before)[0..15]
// A wrong passphrase and a damaged file are told apart, as there. Commands only: blocks while Argon2id runs.
#pragma once

#include <string_view>
#include <vector>

#include "crypto/stretch.hpp"

namespace crypto {

/// It begins like one; whether it is whole open_file() says.
[[nodiscard]] bool is_sealed_file(ByteView file);

/// Errors: bad_parameters, no_memory.
[[nodiscard]] Result<std::vector<std::uint8_t>> seal_file(ByteView content, std::string_view passphrase,
                                                          const KeystoreCost& cost = {});
/// Errors: damaged_file, unknown_version, bad_parameters (before any memory is spent), no_memory,
/// wrong_passphrase.
[[nodiscard]] Result<std::vector<std::uint8_t>> open_file(ByteView file, std::string_view passphrase);

}  // namespace crypto
