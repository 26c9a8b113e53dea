// crypto/error.hpp - what can go wrong with keys, names, sealed boxes and the keystore file.
#pragma once

#include <system_error>
#include <tl/expected.hpp>

namespace crypto {

enum class Errc {
    bad_length = 1,    // not the number of bytes or characters the format fixes
    bad_character,     // outside base32
    bad_checksum,      // a mistyped name or seed backup
    unknown_version,   // made by a later Hedgewitch
    bad_point,         // not a point of the prime-order subgroup
    bad_label,         // not [a-z0-9._+-]{1,63}
    bad_signature,     // signature does not verify
    cannot_open,       // sealed box: wrong key, or changed on the way
    wrong_passphrase,  // keystore: header is whole, the passphrase is another
    damaged_file,      // keystore: header or body has changed
    bad_parameters,    // keystore: cost parameters outside our bounds
    file_error,        // the operating system refused; errno says why
    no_memory,         // Argon2id could not have the memory that its parameters ask for
};

const std::error_category& category() noexcept;
inline std::error_code make_error_code(Errc e) noexcept {
    return {static_cast<int>(e), category()};
}

template <typename T>
using Result = tl::expected<T, std::error_code>;

inline tl::unexpected<std::error_code> fail(Errc e) {
    return tl::unexpected(make_error_code(e));
}

}  // namespace crypto

template <>
struct std::is_error_code_enum<crypto::Errc> : std::true_type {};
