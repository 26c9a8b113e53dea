// overlay/error.hpp - why a block or record was refused. The names appear in `hedgewitch status` and
// `lookup`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

namespace overlay {

enum class Errc {
    too_large = 1,       // over 1200 bytes: no block of ours is
    not_canonical,       // msgpack of another shape, or not the shortest encoding
    unknown_version,     // field 0
    wrong_location,      // A' does not hash to the key it is stored under
    bad_expiry,          // not a multiple of 900 s, or more than 3 h ahead
    expired,             // was good once
    bad_slot,            // above 15
    bad_seq,             // minutes outside the period
    bad_box,             // ciphertext of no padded size
    bad_certificate,     // cert not signed by A', or for another slot
    bad_signature,       // block not signed by A' or its certified writer
    wrong_key,           // A' is not the one this name has today
    cannot_open,         // does not decrypt with the name's key
    malformed_record,    // decrypts to something that is no inner record
    rolled_back,         // an older seq than one already seen for this slot
    wrong_type,          // not our value type (asked for, yet sent)
    too_many_values,     // beyond the 64 that are looked at
    quota,               // storer: this source or key holds its share already
    no_usable_contact,   // verified, but every address is one that may not be called
    no_tombstone,        // asked for a tombstone, and its shape is another
    beyond_certificate,  // a certified node says more than contacts
    from_the_future,     // issued later than clocks differ, by a certified node
};
inline constexpr std::size_t errc_count = 23;  // one past the last, for tables of counters

std::string_view name(Errc e) noexcept;  // "bad_signature"
const std::error_category& category() noexcept;
inline std::error_code make_error_code(Errc e) noexcept {
    return {static_cast<int>(e), category()};
}

template <typename T>
using Result = tl::expected<T, std::error_code>;
inline tl::unexpected<std::error_code> fail(Errc e) {
    return tl::unexpected(make_error_code(e));
}

/// How many values were refused, by reason. Index with static_cast<size_t>(Errc).
using Refusals = std::array<std::uint64_t, errc_count>;

}  // namespace overlay

template <>
struct std::is_error_code_enum<overlay::Errc> : std::true_type {};
