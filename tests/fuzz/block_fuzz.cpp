// tests/fuzz/block_fuzz.cpp - any bytes as a block: what parses has one encoding; nothing that the owner did
// not sign gets past storer or caller; and what the owner does sign, with any box, never crashes the caller,
// nor outlives what its shape allows.
#include <algorithm>
#include <msgpack.hpp>
#include <vector>

#include "overlay/tombstone.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/overlay/records.hpp"

namespace {

using overlay::testing_records::Wire;

// A second writer of the same format: parsing and writing again must give the same bytes.
Wire written(const overlay::Block& block) {
    msgpack::sbuffer buffer;
    msgpack::packer packer(buffer);
    const auto binary = [&](crypto::ByteView bytes) {
        packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
        packer.pack_bin_body(reinterpret_cast<const char*>(bytes.data()),
                             static_cast<std::uint32_t>(bytes.size()));
    };
    packer.pack_array(8).pack(1);
    binary(block.blinded);
    packer.pack(block.expires).pack(block.slot).pack(block.seq);
    if (block.certificate)
        binary(*block.certificate);
    else
        packer.pack_nil();
    binary(block.box);
    binary(block.signature);
    return {buffer.data(), buffer.data() + buffer.size()};
}

constexpr auto now = overlay::testing_records::golden_now;

struct World {
    crypto::Blinding blinding = overlay::testing_records::alice();
    crypto::BlindedSigner signer{overlay::testing_records::owner(), blinding};
    overlay::Location location = overlay::location(blinding.blinded, 0);
    // The owner's only blocks (the corpus holds no other that verifies). A mutation that verifies without
    // being one of them is a forgery.
    std::vector<Wire> genuine = {overlay::testing_records::golden_block(),
                                 overlay::testing_records::certified_block()};
    crypto::Blinding revocation =
        overlay::revocation_blinding(overlay::testing_records::owner().public_key(), overlay::epoch_of(now))
            .value();
    Wire tombstone =
        overlay::make_tombstone(overlay::testing_records::owner(), overlay::epoch_of(now),
                                overlay::UnixSeconds{overlay::epoch_of(now)} * overlay::epoch_length,
                                overlay::testing_records::counting_from<24>(0))
            ->block;
};

// The same fields, signed by the owner: gets the fuzzer past the signature, to decryption.
Wire signed_by_owner(const World& world, overlay::Block block) {
    block.blinded = world.blinding.blinded;
    block.certificate.reset();
    auto wire = written(block);
    const auto body = crypto::ByteView(wire).subspan(1, wire.size() - 67);
    std::ranges::copy(world.signer.sign("hedgewitch/v1/block", body), wire.end() - 64);
    return wire;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const World world;
    const crypto::ByteView wire(data, size);
    const auto parsed = overlay::parse_block(wire);
    const auto checked = overlay::check_block(wire, world.location, now);
    const auto opened = overlay::open_block(wire, world.blinding, now);
    if (!parsed) {
        FUZZ_CHECK(!checked && checked.error() == parsed.error());
        FUZZ_CHECK(!opened && opened.error() == parsed.error());
        return 0;
    }
    FUZZ_CHECK(std::ranges::equal(written(*parsed), wire));
    const bool genuine =
        std::ranges::any_of(world.genuine, [&](const Wire& g) { return std::ranges::equal(g, wire); });
    FUZZ_CHECK(checked.has_value() == genuine);
    FUZZ_CHECK(opened.has_value() == genuine);

    const bool revoked = overlay::open_tombstone(wire, world.revocation).has_value();
    FUZZ_CHECK(revoked == std::ranges::equal(world.tombstone, wire));

    const auto resigned = signed_by_owner(world, *parsed);
    const auto stored = overlay::check_block(resigned, world.location, now);
    FUZZ_CHECK(stored || stored.error() == overlay::Errc::expired ||
               stored.error() == overlay::Errc::bad_expiry);
    const auto read = overlay::open_block(resigned, world.blinding, now);
    if (stored) {
        const auto most =
            overlay::has_tombstone_shape(*stored) ? overlay::epoch_length : overlay::max_lifetime;
        FUZZ_CHECK(stored->expires > now && stored->expires - now <= most);
    }
    if (read) {
        FUZZ_CHECK(stored && stored->expires - now <= overlay::max_lifetime);
        FUZZ_CHECK(overlay::encode(read->record));
    }
    return 0;
}
