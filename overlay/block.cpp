// overlay/block.cpp - builds and checks the outer block.
#include "overlay/block.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <cassert>
#include <msgpack.hpp>

#include "crypto/derived_key.hpp"
#include "crypto/signature.hpp"
#include "overlay/msgpack_reader.hpp"

namespace overlay {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint32_t field_count = 8;
constexpr std::string_view location_domain = "hedgewitch/v1/loc";
constexpr std::string_view certificate_domain = "hedgewitch/v1/cert";
constexpr std::string_view block_domain = "hedgewitch/v1/block";

using Buffer = std::vector<std::uint8_t>;

// A block and what its signature covers: the verbatim bytes of fields 0..6, borrowed from the wire.
struct ParsedBlock {
    Block block;
    crypto::ByteView covered;
};

void append(Buffer& buffer, crypto::ByteView bytes) {
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

void append_big_endian(Buffer& buffer, std::uint64_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
        buffer.push_back(static_cast<std::uint8_t>(value >> shift));
}

// AD = A' || u64be(exp) || u8(slot) || u16be(seq): a box is good in its own block alone.
Buffer associated_data(const crypto::PublicKey& blinded, UnixSeconds expires, std::uint8_t slot,
                       std::uint16_t seq) {
    Buffer data(blinded.begin(), blinded.end());
    append_big_endian(data, expires, 8);
    append_big_endian(data, slot, 1);
    append_big_endian(data, seq, 2);
    return data;
}

// A' || slot || W.
Buffer certified(const crypto::PublicKey& blinded, std::uint8_t slot, const crypto::PublicKey& writer) {
    Buffer data(blinded.begin(), blinded.end());
    data.push_back(slot);
    append(data, writer);
    return data;
}

crypto::PublicKey key_of(const Certificate& certificate) {
    crypto::PublicKey writer;
    std::copy_n(certificate.begin(), writer.size(), writer.begin());
    return writer;
}

bool is_certified(const crypto::PublicKey& blinded, std::uint8_t slot, const Certificate& certificate) {
    crypto::Signature signature;
    std::copy_n(certificate.begin() + 32, signature.size(), signature.begin());
    return crypto::verify(blinded, certificate_domain, certified(blinded, slot, key_of(certificate)),
                          signature);
}

// Fields 0..6, without the array's head.
Result<Buffer> pack_fields(const crypto::Blinding& blinding, const InnerRecord& record,
                           const BlockParameters& parameters, const Certificate* certificate) {
    if (parameters.expires % expiry_step != 0) return fail(Errc::bad_expiry);
    if (parameters.slot > max_slot) return fail(Errc::bad_slot);
    if (parameters.seq > max_seq) return fail(Errc::bad_seq);
    const auto inner = encode(record);
    if (!inner) return tl::unexpected(inner.error());
    const auto associated =
        associated_data(blinding.blinded, parameters.expires, parameters.slot, parameters.seq);
    const auto box = crypto::seal(blinding.box_key, parameters.nonce, associated, *inner);

    msgpack::sbuffer buffer(max_block_size);
    msgpack::packer packer(buffer);
    const auto binary = [&](crypto::ByteView bytes) {
        packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
        packer.pack_bin_body(reinterpret_cast<const char*>(bytes.data()),
                             static_cast<std::uint32_t>(bytes.size()));
    };
    packer.pack(version);
    binary(blinding.blinded);
    packer.pack(parameters.expires);
    packer.pack(parameters.slot);
    packer.pack(parameters.seq);
    if (certificate)
        binary(*certificate);
    else
        packer.pack_nil();
    binary(box);
    return Buffer(buffer.data(), buffer.data() + buffer.size());
}

Buffer assemble(const Buffer& fields, const crypto::Signature& signature) {
    static_assert(field_count < 16);
    Buffer wire;
    wire.reserve(1 + fields.size() + 2 + signature.size());
    wire.push_back(0x90 | field_count);  // fixarray
    append(wire, fields);
    wire.push_back(0xc4);  // bin 8
    wire.push_back(static_cast<std::uint8_t>(signature.size()));
    append(wire, signature);
    return wire;
}

template <std::size_t N>
bool read_fixed(MsgpackReader& in, crypto::Bytes<N>& out) {
    const auto bytes = in.binary();
    if (!bytes || bytes->size() != N) return false;
    std::ranges::copy(*bytes, out.begin());
    return true;
}

// Fields 1..4, each in its range.
Result<void> parse_head(MsgpackReader& in, Block& block) {
    if (!read_fixed(in, block.blinded)) return fail(Errc::not_canonical);
    const auto expires = in.unsigned_integer();
    if (!expires) return fail(Errc::not_canonical);
    if (*expires % expiry_step != 0) return fail(Errc::bad_expiry);
    block.expires = *expires;
    const auto slot = in.unsigned_integer();
    if (!slot) return fail(Errc::not_canonical);
    if (*slot > max_slot) return fail(Errc::bad_slot);
    block.slot = static_cast<std::uint8_t>(*slot);
    const auto seq = in.unsigned_integer();
    if (!seq) return fail(Errc::not_canonical);
    if (*seq > max_seq) return fail(Errc::bad_seq);
    block.seq = static_cast<std::uint16_t>(*seq);
    return {};
}

Result<ParsedBlock> parse(crypto::ByteView wire) {
    if (wire.size() > max_block_size) return fail(Errc::too_large);
    MsgpackReader in(wire);
    if (in.array() != field_count) return fail(Errc::not_canonical);
    const auto covered_from = in.position();
    const auto found_version = in.unsigned_integer();
    if (!found_version) return fail(Errc::not_canonical);
    if (*found_version != version) return fail(Errc::unknown_version);

    ParsedBlock parsed;
    if (const auto head = parse_head(in, parsed.block); !head) return tl::unexpected(head.error());
    if (!in.nil() && !read_fixed(in, parsed.block.certificate.emplace())) return fail(Errc::not_canonical);
    const auto box = in.binary();
    if (!box) return fail(Errc::not_canonical);
    if (std::ranges::find(padded_sizes, box->size() - crypto::box_overhead) == padded_sizes.end())
        return fail(Errc::bad_box);
    parsed.covered = wire.subspan(covered_from, in.position() - covered_from);
    if (!read_fixed(in, parsed.block.signature) || !in.rest().empty()) return fail(Errc::not_canonical);
    parsed.block.box.assign(box->begin(), box->end());
    return parsed;
}

Result<void> check_expiry(UnixSeconds expires, UnixSeconds now, UnixSeconds most = max_lifetime) {
    if (expires <= now) return fail(Errc::expired);
    if (expires - now > most) return fail(Errc::bad_expiry);
    return {};
}

Result<void> check_signatures(const ParsedBlock& parsed) {
    const auto& block = parsed.block;
    if (block.certificate && !is_certified(block.blinded, block.slot, *block.certificate))
        return fail(Errc::bad_certificate);
    const auto key = block.certificate ? key_of(*block.certificate) : block.blinded;
    if (!crypto::verify(key, block_domain, parsed.covered, block.signature)) return fail(Errc::bad_signature);
    return {};
}

bool belongs_at(const crypto::PublicKey& blinded, const Location& stored_under) {
    for (std::uint8_t i = 0; i < max_locations; ++i)
        if (location(blinded, i) == stored_under) return true;
    return false;
}

}  // namespace

std::uint8_t writer_of(const Block& block) {
    return static_cast<std::uint8_t>(block.slot + (block.certificate ? certified_writers : 0));
}

bool has_tombstone_shape(const Block& block) {
    return block.expires % epoch_length == 0 && block.slot == 0 && block.seq == 0 && !block.certificate &&
           block.box.size() == padded_sizes.front() + crypto::box_overhead;
}

Location location(const crypto::PublicKey& blinded, std::uint8_t i) {
    assert(i < max_locations);
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    const auto domain = crypto::bytes_of(location_domain);
    crypto_hash_sha256_update(&state, domain.data(), domain.size());
    crypto_hash_sha256_update(&state, &i, 1);
    crypto_hash_sha256_update(&state, blinded.data(), blinded.size());
    crypto::Bytes<32> digest;
    crypto_hash_sha256_final(&state, digest.data());
    Location result;
    std::copy_n(digest.begin(), result.size(), result.begin());
    return result;
}

std::uint64_t value_id(const crypto::Signature& signature) {
    crypto::Bytes<32> digest;
    crypto_hash_sha256(digest.data(), signature.data(), signature.size());
    std::uint64_t id = 0;
    for (std::size_t i = 0; i < 8; ++i)
        id = id << 8 | digest[i];
    return id != 0 ? id : 1;  // 0 is OpenDHT's INVALID_ID
}

Result<Buffer> make_block(const crypto::BlindedSigner& signer, const crypto::Blinding& blinding,
                          const InnerRecord& record, const BlockParameters& parameters) {
    assert(signer.public_key() == blinding.blinded);
    const auto fields = pack_fields(blinding, record, parameters, nullptr);
    if (!fields) return tl::unexpected(fields.error());
    return assemble(*fields, signer.sign(block_domain, *fields));
}

Result<Certificate> make_certificate(const crypto::BlindedSigner& signer, const crypto::Blinding& blinding,
                                     std::uint8_t slot, const crypto::PublicKey& writer) {
    assert(signer.public_key() == blinding.blinded);
    if (slot > max_slot) return fail(Errc::bad_slot);
    const auto w = crypto::blind_writer(writer, blinding);
    if (!w) return tl::unexpected(w.error());
    Certificate certificate;
    std::ranges::copy(w->blinded, certificate.begin());
    std::ranges::copy(signer.sign(certificate_domain, certified(signer.public_key(), slot, w->blinded)),
                      certificate.begin() + 32);
    return certificate;
}

Result<void> check_certificate(const Certificate& certificate, const crypto::Blinding& blinding,
                               std::uint8_t slot, const crypto::PublicKey& writer) {
    const auto w = crypto::blind_writer(writer, blinding);
    if (!w) return tl::unexpected(w.error());
    if (key_of(certificate) != w->blinded || !is_certified(blinding.blinded, slot, certificate))
        return fail(Errc::bad_certificate);
    return {};
}

Result<Buffer> make_block(const crypto::Identity& writer, const Certificate& certificate,
                          const crypto::Blinding& blinding, const InnerRecord& record,
                          const BlockParameters& parameters) {
    const auto w = crypto::blind_writer(writer.public_key(), blinding);
    if (!w || key_of(certificate) != w->blinded ||
        !is_certified(blinding.blinded, parameters.slot, certificate))
        return fail(Errc::bad_certificate);
    if (record.kind != Kind::contacts) return fail(Errc::beyond_certificate);
    const auto fields = pack_fields(blinding, record, parameters, &certificate);
    if (!fields) return tl::unexpected(fields.error());
    return assemble(*fields, crypto::BlindedSigner(writer, *w).sign(block_domain, *fields));
}

Result<Block> parse_block(crypto::ByteView wire) {
    auto parsed = parse(wire);
    if (!parsed) return tl::unexpected(parsed.error());
    return std::move(parsed->block);
}

Result<Block> check_block(crypto::ByteView wire, const Location& stored_under, UnixSeconds now) {
    auto parsed = parse(wire);
    if (!parsed) return tl::unexpected(parsed.error());
    const auto most = has_tombstone_shape(parsed->block) ? epoch_length : max_lifetime;
    if (const auto good = check_expiry(parsed->block.expires, now, most); !good)
        return tl::unexpected(good.error());
    if (!belongs_at(parsed->block.blinded, stored_under)) return fail(Errc::wrong_location);
    if (const auto good = check_signatures(*parsed); !good) return tl::unexpected(good.error());
    // A' plus a point of small order verifies as well, in one signature of up to eight. A caller has its own
    // A' to compare with; a storer looks last, as only what is signed so far costs the half verification.
    if (!crypto::is_valid_point(parsed->block.blinded)) return fail(Errc::bad_signature);
    return std::move(parsed->block);
}

Result<OpenedBlock> open_block(crypto::ByteView wire, const crypto::Blinding& blinding, UnixSeconds now) {
    auto parsed = parse(wire);
    if (!parsed) return tl::unexpected(parsed.error());
    auto& block = parsed->block;
    if (const auto good = check_expiry(block.expires, now); !good) return tl::unexpected(good.error());
    if (block.blinded != blinding.blinded) return fail(Errc::wrong_key);
    if (const auto good = check_signatures(*parsed); !good) return tl::unexpected(good.error());
    const auto associated = associated_data(block.blinded, block.expires, block.slot, block.seq);
    const auto inner = crypto::open(blinding.box_key, associated, block.box);
    if (!inner) return fail(Errc::cannot_open);
    auto record = decode_inner_record(*inner);
    if (!record) return tl::unexpected(record.error());
    if (block.certificate) {
        if (record->kind != Kind::contacts) return fail(Errc::beyond_certificate);
        if (record->issued_at > now + clock_tolerance) return fail(Errc::from_the_future);
    }
    return OpenedBlock{std::move(block), std::move(*record)};
}

}  // namespace overlay
