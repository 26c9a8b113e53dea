// overlay/tombstone.hpp - the pre-signed word that a key is revoked: made while the key is good, kept with
// the backup, and published by anybody when the key is lost or stolen.
// 1. A tombstone is a block of the empty label, in a fixed epoch of 91 days instead of a day, so that it can
//    be signed decades before it is needed and still be found without being guessed at.
// 2. Once signed it is true for ever: its expiry binds storers, not callers.
// 3. It needs no clock of its own and holds no secret: whoever has the file can revoke the key, and nothing
//    else.
// Pure functions; any thread.
#pragma once

#include <functional>

#include "overlay/block.hpp"

namespace overlay {

inline constexpr std::size_t max_tombstones = 255;  // of one file: 63 years
/// `init` signs for the running epoch and 80 more: 19.9 years at least.
inline constexpr std::uint32_t usual_tombstones = 81;

/// q = floor(unix / (91 * 86400)).
constexpr std::uint32_t epoch_of(UnixSeconds now) {
    return static_cast<std::uint32_t>(now / epoch_length);
}
/// When the tombstone of epoch q expires; q + 1 begins then.
constexpr UnixSeconds epoch_end(std::uint32_t epoch) {
    return (UnixSeconds{epoch} + 1) * epoch_length;
}

/// Where, and sealed with what, callers look for the tombstone of `key`: its period is the epoch.
/// Error: crypto's bad_point.
[[nodiscard]] Result<crypto::Blinding> revocation_blinding(const crypto::PublicKey& key, std::uint32_t epoch);

struct Tombstone {
    std::uint32_t epoch = 0;
    std::vector<std::uint8_t> block;
    friend bool operator==(const Tombstone&, const Tombstone&) = default;
};

/// `nonce` is fresh random for each.
[[nodiscard]] Result<Tombstone> make_tombstone(const crypto::Identity& identity, std::uint32_t epoch,
                                               UnixSeconds issued_at,
                                               const crypto::Bytes<crypto::box_nonce_size>& nonce);

/// Of `count` epochs from `first_epoch` on, each issued at its epoch's start: when it will be needed, nobody
/// knows. `random` fills its argument with random bytes. 0.2 ms each. Error: too_large (over max_tombstones).
[[nodiscard]] Result<std::vector<Tombstone>> make_tombstones(
    const crypto::Identity& identity, std::uint32_t first_epoch, std::uint32_t count,
    const std::function<void(std::span<std::uint8_t>)>& random);

/// What anybody can check who does not know the key: shape, end of `epoch`, signature.
/// Errors: those of parse_block, then no_tombstone, bad_expiry (another epoch's), bad_signature.
[[nodiscard]] Result<Block> check_tombstone(crypto::ByteView wire, std::uint32_t epoch);

/// The caller's check, without a clock: whoever asks an epoch's locations has decided that it is the time.
/// `revocation` is of revocation_blinding(). What the box says does not matter: this key signs nothing else,
/// and a thief who holds the seed could otherwise put something in the tombstone's place that storers cannot
/// tell from it. The record's kind is always tombstone; the rest is empty when the box holds no tombstone.
/// Errors: those of check_tombstone, with wrong_key before bad_signature.
[[nodiscard]] Result<InnerRecord> open_tombstone(crypto::ByteView wire, const crypto::Blinding& revocation);

/// What is kept with the backup, one key's:
///   magic "HWTOMB\n\0", then msgpack in shortest encodings:
///   array(3): version 1 - the key A, bin 32 - array(1..255) of [epoch, block as bin], epochs ascending
/// The key is in it because `revoke` must say whose call it ends before it does, and because a block alone
/// cannot be told from any other: with it every bit of the file is checked.
struct TombstoneFile {
    crypto::PublicKey owner{};
    std::vector<Tombstone> tombstones;
    friend bool operator==(const TombstoneFile&, const TombstoneFile&) = default;
};
inline constexpr std::size_t max_tombstone_file = std::size_t{128} * 1024;  // 81 take 34 KiB, 255 take 104

/// REQUIRES: tombstones are the owner's, 1..max_tombstones, epochs ascending.
[[nodiscard]] std::vector<std::uint8_t> encode_tombstones(const TombstoneFile& file);

/// Opens each (0.2 ms), and here the box must hold a tombstone: what decodes can be published. Errors:
/// not_canonical, unknown_version, too_large, those of open_tombstone, cannot_open, malformed_record,
/// crypto's bad_point.
[[nodiscard]] Result<TombstoneFile> decode_tombstones(crypto::ByteView file);

}  // namespace overlay
