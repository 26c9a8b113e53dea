// overlay/tombstone.cpp - signs, checks and keeps tombstones. Their block is block.cpp's, as any other's.
#include "overlay/tombstone.hpp"

#include <algorithm>
#include <cassert>
#include <msgpack.hpp>

#include "overlay/msgpack_reader.hpp"

namespace overlay {
namespace {

constexpr std::string_view magic("HWTOMB\n\0", 8);
constexpr std::uint8_t version = 1;
static_assert(epoch_length % expiry_step == 0);

// Of the right shape and the right epoch; nothing is verified yet.
Result<Block> parse_tombstone(crypto::ByteView wire, std::uint32_t epoch) {
    auto block = parse_block(wire);
    if (!block) return block;
    if (!has_tombstone_shape(*block)) return fail(Errc::no_tombstone);
    if (block->expires != epoch_end(epoch)) return fail(Errc::bad_expiry);
    return block;
}

// Verified and opened, whatever the record's kind.
Result<InnerRecord> open_whole(crypto::ByteView wire, const crypto::Blinding& revocation) {
    const auto block = parse_tombstone(wire, revocation.period);
    if (!block) return tl::unexpected(block.error());
    auto opened = open_block(wire, revocation, block->expires - 1);
    if (!opened) return tl::unexpected(opened.error());
    return std::move(opened->record);
}

Result<TombstoneFile> decode_body(MsgpackReader& in) {
    if (in.array() != 3) return fail(Errc::not_canonical);
    const auto found = in.unsigned_integer();
    if (!found) return fail(Errc::not_canonical);
    if (*found != version) return fail(Errc::unknown_version);
    TombstoneFile file;
    const auto owner = in.binary();
    if (!owner || owner->size() != file.owner.size()) return fail(Errc::not_canonical);
    std::ranges::copy(*owner, file.owner.begin());
    const auto count = in.array();
    if (!count || *count == 0) return fail(Errc::not_canonical);
    if (*count > max_tombstones) return fail(Errc::too_large);
    for (std::uint32_t i = 0; i < *count; ++i) {
        if (in.array() != 2) return fail(Errc::not_canonical);
        const auto epoch = in.unsigned_up_to(UINT32_MAX);
        const auto block = epoch ? in.binary() : std::nullopt;
        if (!block) return fail(Errc::not_canonical);
        if (i > 0 && *epoch <= file.tombstones.back().epoch) return fail(Errc::not_canonical);
        file.tombstones.push_back({static_cast<std::uint32_t>(*epoch), {block->begin(), block->end()}});
    }
    if (!in.rest().empty()) return fail(Errc::not_canonical);
    return file;
}

}  // namespace

Result<crypto::Blinding> revocation_blinding(const crypto::PublicKey& key, std::uint32_t epoch) {
    return crypto::blind_revocation(key, epoch);
}

Result<Tombstone> make_tombstone(const crypto::Identity& identity, std::uint32_t epoch, UnixSeconds issued_at,
                                 const crypto::Bytes<crypto::box_nonce_size>& nonce) {
    const auto blinding = revocation_blinding(identity.public_key(), epoch);
    if (!blinding) return tl::unexpected(blinding.error());
    InnerRecord record;
    record.kind = Kind::tombstone;
    record.issued_at = issued_at;
    auto wire = make_block(crypto::BlindedSigner(identity, *blinding), *blinding, record,
                           {epoch_end(epoch), 0, 0, nonce});
    if (!wire) return tl::unexpected(wire.error());
    return Tombstone{epoch, std::move(*wire)};
}

Result<std::vector<Tombstone>> make_tombstones(const crypto::Identity& identity, std::uint32_t first_epoch,
                                               std::uint32_t count,
                                               const std::function<void(std::span<std::uint8_t>)>& random) {
    if (count > max_tombstones) return fail(Errc::too_large);
    std::vector<Tombstone> all;
    for (std::uint32_t epoch = first_epoch; epoch < first_epoch + count; ++epoch) {
        crypto::Bytes<crypto::box_nonce_size> nonce{};
        random(nonce);
        auto made = make_tombstone(identity, epoch, UnixSeconds{epoch} * epoch_length, nonce);
        if (!made) return tl::unexpected(made.error());
        all.push_back(std::move(*made));
    }
    return all;
}

Result<Block> check_tombstone(crypto::ByteView wire, std::uint32_t epoch) {
    auto block = parse_tombstone(wire, epoch);
    if (!block) return block;
    return check_block(wire, location(block->blinded, 0), block->expires - 1);
}

Result<InnerRecord> open_tombstone(crypto::ByteView wire, const crypto::Blinding& revocation) {
    auto opened = open_whole(wire, revocation);
    const auto speaks = [&](Errc why) { return opened.error() == why; };
    if (!opened && !speaks(Errc::cannot_open) && !speaks(Errc::malformed_record)) return opened;
    if (opened && opened->kind == Kind::tombstone) return opened;
    InnerRecord record;
    record.kind = Kind::tombstone;
    return record;
}

std::vector<std::uint8_t> encode_tombstones(const TombstoneFile& file) {
    assert(!file.tombstones.empty() && file.tombstones.size() <= max_tombstones);
    msgpack::sbuffer buffer;
    msgpack::packer packer(buffer);
    const auto binary = [&](crypto::ByteView bytes) {
        packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
        packer.pack_bin_body(reinterpret_cast<const char*>(bytes.data()),
                             static_cast<std::uint32_t>(bytes.size()));
    };
    buffer.write(magic.data(), magic.size());
    packer.pack_array(3);
    packer.pack(version);
    binary(file.owner);
    packer.pack_array(static_cast<std::uint32_t>(file.tombstones.size()));
    for (const auto& [epoch, block] : file.tombstones) {
        packer.pack_array(2);
        packer.pack(epoch);
        binary(block);
    }
    return {buffer.data(), buffer.data() + buffer.size()};
}

Result<TombstoneFile> decode_tombstones(crypto::ByteView bytes) {
    if (bytes.size() > max_tombstone_file) return fail(Errc::too_large);
    if (bytes.size() < magic.size() ||
        !std::ranges::equal(bytes.first(magic.size()), crypto::bytes_of(magic)))
        return fail(Errc::not_canonical);
    MsgpackReader in(bytes.subspan(magic.size()));
    auto file = decode_body(in);
    if (!file) return file;
    for (const auto& [epoch, block] : file->tombstones) {
        const auto blinding = revocation_blinding(file->owner, epoch);
        if (!blinding) return tl::unexpected(blinding.error());
        const auto opened = open_whole(block, *blinding);
        if (!opened) return tl::unexpected(opened.error());
        if (opened->kind != Kind::tombstone) return fail(Errc::no_tombstone);
    }
    return file;
}

}  // namespace overlay
