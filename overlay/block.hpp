// overlay/block.hpp - the outer block: what storers hold and check without knowing whose it is.
// msgpack array(8) in shortest encodings; field by field in DESIGN.md, "Contact record".
#pragma once

#include <optional>
#include <vector>

#include "crypto/blinding.hpp"
#include "crypto/box.hpp"
#include "overlay/inner_record.hpp"

namespace overlay {

using Location = crypto::Bytes<20>;  // an OpenDHT InfoHash
inline constexpr std::size_t max_locations = 4;
inline constexpr std::size_t max_block_size = 1200;  // the largest box (1024 + 40) and its frame
inline constexpr UnixSeconds max_lifetime = 3 * 3600;
inline constexpr UnixSeconds expiry_step = 900;

constexpr std::uint32_t period_of(UnixSeconds now) { return static_cast<std::uint32_t>(now / 86400); }

/// loc_i = SHA-256("hedgewitch/v1/loc" || u8(i) || A')[0..19]. REQUIRES: i < max_locations.
[[nodiscard]] Location location(const crypto::PublicKey& blinded, std::uint8_t i);

struct Block {
    crypto::PublicKey blinded{};  // A'
    UnixSeconds expires = 0;
    std::uint8_t slot = 0;   // 0..15
    std::uint16_t seq = 0;   // minutes since the start of the period
    std::optional<crypto::Bytes<96>> certificate;  // W || signature by A'
    std::vector<std::uint8_t> box;
    crypto::Signature signature{};
};

/// OpenDHT value id: SHA-256(signature)[0..7], big-endian, so that nobody can squat it; never 0.
[[nodiscard]] std::uint64_t value_id(const crypto::Signature& signature);

struct BlockParameters {
    UnixSeconds expires = 0;
    std::uint8_t slot = 0;
    std::uint16_t seq = 0;
    crypto::Bytes<crypto::box_nonce_size> nonce{};  // fresh random for every block
};

/// Encodes, pads, seals and signs. Errors: as encode(), bad_expiry (no multiple of 900), bad_slot.
[[nodiscard]] Result<std::vector<std::uint8_t>> make_block(const crypto::BlindedSigner& signer, const crypto::Blinding& blinding,
                                                           const InnerRecord& record, const BlockParameters& parameters);

/// Shape only, without crypto: canonical msgpack, sizes, ranges. Any error up to bad_box.
[[nodiscard]] Result<Block> parse_block(crypto::ByteView wire);

/// The storer's check: everything that can be known without the name. `stored_under` is the DHT key.
[[nodiscard]] Result<Block> check_block(crypto::ByteView wire, const Location& stored_under, UnixSeconds now);

/// The caller's check: the storer's, A' is ours, decrypts, parses. Rollback is RecordMerge's business.
struct OpenedBlock {
    Block block;
    InnerRecord record;
};
[[nodiscard]] Result<OpenedBlock> open_block(crypto::ByteView wire, const crypto::Blinding& blinding, UnixSeconds now);

}  // namespace overlay
