// overlay/block.hpp - the outer block: what storers hold and check without knowing whose it is.
// msgpack array(8) in shortest encodings; field by field in overlay/README.md.
#pragma once

#include <optional>
#include <vector>

#include "crypto/blinding.hpp"
#include "crypto/box.hpp"
#include "overlay/inner_record.hpp"

namespace overlay {

using Location = crypto::Bytes<20>;  // an OpenDHT InfoHash
inline constexpr std::size_t max_locations = 8;
inline constexpr std::size_t max_block_size =
    1280;  // box 1024 + 40, certificate 96, signature 64, and the rest
inline constexpr UnixSeconds max_lifetime = UnixSeconds{3} * 3600;
inline constexpr UnixSeconds expiry_step = 900;
/// A tombstone is signed years ahead for one epoch of 91 days and lasts to its end (tombstone.hpp).
inline constexpr UnixSeconds epoch_length = UnixSeconds{91} * 86400;

/// Minutes of a day are 0..1439. A block of P is renewed until 2 h after P's end, because callers try the
/// neighbouring period that long (120 more); the rest of a second day is what changes quicker than one a
/// minute may run ahead.
inline constexpr std::uint16_t max_seq = 2 * 1440 - 1;
inline constexpr std::uint8_t max_slot = 15;
/// By how much the clocks of two homes may differ: what is dated later counts as dated so much ahead, and is
/// refused from a certified node.
inline constexpr UnixSeconds clock_tolerance = UnixSeconds{10} * 60;

constexpr std::uint32_t period_of(UnixSeconds now) {
    return static_cast<std::uint32_t>(now / 86400);
}

/// loc_i = SHA-256("hedgewitch/v1/loc" || u8(i) || A')[0..19]. REQUIRES: i < max_locations.
[[nodiscard]] Location location(const crypto::PublicKey& blinded, std::uint8_t i);

/// W || signature by A' over A' || slot || W: who can sign with W may write this slot of this period.
using Certificate = crypto::Bytes<96>;

struct Block {
    crypto::PublicKey blinded{};  // A'
    UnixSeconds expires = 0;
    std::uint8_t slot = 0;  // 0..15
    std::uint16_t seq = 0;  // minutes since the start of the period
    std::optional<Certificate> certificate;
    std::vector<std::uint8_t> box;
    crypto::Signature signature{};
};

/// Who wrote it: its slot, for the owner himself; so many more for a node that he has certified.
inline constexpr std::uint8_t certified_writers = max_slot + 1;
[[nodiscard]] std::uint8_t writer_of(const Block& block);

/// Expires at the end of an epoch, slot 0, seq 0, no certificate, smallest box: the one shape that may live
/// longer than max_lifetime, and all that a storer, who does not know the name, can ask of a tombstone.
[[nodiscard]] bool has_tombstone_shape(const Block& block);

/// OpenDHT value id: SHA-256(signature)[0..7], big-endian, so that nobody can squat it; never 0.
[[nodiscard]] std::uint64_t value_id(const crypto::Signature& signature);

struct BlockParameters {
    UnixSeconds expires = 0;
    std::uint8_t slot = 0;
    std::uint16_t seq = 0;
    crypto::Bytes<crypto::box_nonce_size> nonce{};  // fresh random for every block
};

/// Encodes, pads, seals and signs. Errors: as encode(), bad_expiry (no multiple of 900), bad_slot, bad_seq.
[[nodiscard]] Result<std::vector<std::uint8_t>> make_block(const crypto::BlindedSigner& signer,
                                                           const crypto::Blinding& blinding,
                                                           const InnerRecord& record,
                                                           const BlockParameters& parameters);

/// For `writer`, a node that does not hold the owner's seed: W is crypto::blind_writer()'s of the day.
/// Errors: bad_slot, crypto's bad_point.
[[nodiscard]] Result<Certificate> make_certificate(const crypto::BlindedSigner& signer,
                                                   const crypto::Blinding& blinding, std::uint8_t slot,
                                                   const crypto::PublicKey& writer);
/// That `writer`'s node may write `slot` of the name and day of `blinding` by it.
/// Errors: bad_certificate, crypto's bad_point.
[[nodiscard]] Result<void> check_certificate(const Certificate& certificate, const crypto::Blinding& blinding,
                                             std::uint8_t slot, const crypto::PublicKey& writer);
/// As make_block() above, signed by `writer`. Errors also: bad_certificate (of another key, slot, period or
/// writer), beyond_certificate (of a kind that is the owner's alone).
[[nodiscard]] Result<std::vector<std::uint8_t>> make_block(const crypto::Identity& writer,
                                                           const Certificate& certificate,
                                                           const crypto::Blinding& blinding,
                                                           const InnerRecord& record,
                                                           const BlockParameters& parameters);

/// Shape only, without crypto or clock: canonical msgpack, sizes, ranges.
/// Errors: too_large, not_canonical, unknown_version, bad_expiry (not a multiple), bad_slot, bad_seq,
/// bad_box.
[[nodiscard]] Result<Block> parse_block(crypto::ByteView wire);

/// The storer's check: everything that can be known without the name. `stored_under` is the DHT key. Expires
/// within max_lifetime, or has a tombstone's shape and expires within epoch_length.
/// Errors: those of parse_block, then expired, bad_expiry, wrong_location, bad_certificate, bad_signature:
/// cheap ones first, so that junk costs its sender more than us.
[[nodiscard]] Result<Block> check_block(crypto::ByteView wire, const Location& stored_under, UnixSeconds now);

/// The caller's check: A' is ours (and so the location), the storer's, decrypts, parses; a name's record
/// never outlives max_lifetime, whatever its shape: for tombstones there is open_tombstone(). A certified
/// node says contacts and nothing else, and dates them no later than clocks differ: who steals one may
/// neither give the name away nor end it. Rollback is RecordMerge's. Errors: those of check_block with
/// wrong_key for wrong_location, then cannot_open, malformed_record, beyond_certificate, from_the_future.
struct OpenedBlock {
    Block block;
    InnerRecord record;
};
[[nodiscard]] Result<OpenedBlock> open_block(crypto::ByteView wire, const crypto::Blinding& blinding,
                                             UnixSeconds now);

}  // namespace overlay
