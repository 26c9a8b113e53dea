// tests/overlay/records.hpp - the owner, the record and the block that the overlay tests share.
// The same inputs as in tests/crypto/golden.py.
#pragma once

#include <algorithm>
#include <stdexcept>

#include "overlay/block.hpp"
#include "tests/crypto/hex.hpp"

namespace overlay::testing_records {

using Wire = std::vector<std::uint8_t>;
inline constexpr std::uint32_t period = 20000;
inline constexpr UnixSeconds start_of_period = UnixSeconds{period} * 86400;
inline constexpr UnixSeconds now = start_of_period + 601 * 60;

inline crypto::Seed seed_counting_from(std::uint8_t first) {
    crypto::Bytes<32> seed;
    for (auto& byte : seed)
        byte = first++;
    return crypto::Seed(seed);
}
inline crypto::Identity owner() {
    return crypto::Identity::from_seed(seed_counting_from(0));
}
inline crypto::Identity writer() {
    return crypto::Identity::from_seed(seed_counting_from(32));
}
inline crypto::Blinding alice(std::uint32_t day = period) {
    return crypto::blind(owner().public_key(), {}, "alice", day).value();
}

template <std::size_t N>
crypto::Bytes<N> counting_from(std::uint8_t first) {
    crypto::Bytes<N> bytes;
    for (auto& byte : bytes)
        byte = first++;
    return bytes;
}

inline TransportAddress at(Transport transport, const char* address, std::uint16_t port) {
    return {transport, asio::ip::make_address(address), port};
}

inline InnerRecord two_contacts() {
    InnerRecord record;
    record.issued_at = start_of_period + 1;
    record.edges = {{{}, {at(Transport::udp, "192.0.2.1", 5060), at(Transport::tcp, "192.0.2.1", 5060)}}};
    record.phones = {{0, 1000, 0, counting_from<8>(0)}, {0, 500, 3, counting_from<8>(8)}};
    record.direct = {{at(Transport::udp, "2001:db8::1", 5062), "alice-0x55.~+", 900}};
    return record;
}

inline BlockParameters parameters() {
    return {start_of_period + 7200, 3, 601, counting_from<24>(0)};
}
inline BlockParameters parameters(std::uint8_t slot, std::uint16_t seq,
                                  UnixSeconds expires = start_of_period + 43200) {
    return {expires, slot, seq, counting_from<24>(0)};
}

inline Wire block_of(const InnerRecord& record, const BlockParameters& p, std::uint32_t day = period) {
    const auto blinding = alice(day);
    return make_block(crypto::BlindedSigner(owner(), blinding), blinding, record, p).value();
}
/// parameters() expires at two in the morning: checked a minute after midnight.
inline constexpr UnixSeconds golden_now = start_of_period + 60;
inline Wire golden_block() {
    return block_of(two_contacts(), parameters());
}
inline Certificate certificate_for(std::uint8_t slot, const crypto::Blinding& blinding = alice()) {
    return make_certificate(crypto::BlindedSigner(owner(), blinding), blinding, slot, writer().public_key())
        .value();
}
/// Signs with the key that the writer has for this name and day.
inline crypto::BlindedSigner writers_signer(const crypto::Blinding& blinding = alice()) {
    return {writer(), crypto::blind_writer(writer().public_key(), blinding).value()};
}
/// What make_block() does not write: any record by a node that `owner` has certified for the slot.
inline Wire by_stolen_node(const crypto::Identity& owner, const crypto::Identity& thief,
                           const crypto::Blinding& name, const InnerRecord& record,
                           const BlockParameters& p) {
    const crypto::BlindedSigner signer(owner, name);
    auto wire = make_block(signer, name, record, p).value();
    const auto certificate = make_certificate(signer, name, p.slot, thief.public_key()).value();
    const std::size_t seq_size = p.seq < 0x80 ? 1 : p.seq < 0x100 ? 2 : 3;
    const auto nil = wire.begin() + 42 + static_cast<std::ptrdiff_t>(seq_size);
    *nil = 0xc4;  // bin 8
    const auto size = wire.insert(nil + 1, static_cast<std::uint8_t>(certificate.size()));
    wire.insert(size + 1, certificate.begin(), certificate.end());
    const crypto::BlindedSigner writer(thief, crypto::blind_writer(thief.public_key(), name).value());
    const auto covered = crypto::ByteView(wire).subspan(1, wire.size() - 67);
    std::ranges::copy(writer.sign("hedgewitch/v1/block", covered), wire.end() - 64);
    return wire;
}
inline Wire by_stolen_node(const InnerRecord& record, const BlockParameters& p, std::uint32_t day = period) {
    return by_stolen_node(owner(), writer(), alice(day), record, p);
}
inline InnerRecord of_kind(Kind kind, UnixSeconds issued_at = start_of_period) {
    InnerRecord record;
    record.kind = kind;
    record.issued_at = issued_at;
    if (kind != Kind::contacts) record.target = writer().public_key();
    return record;
}
inline Wire certified_block() {
    return make_block(writer(), certificate_for(3), alice(), two_contacts(), parameters()).value();
}

}  // namespace overlay::testing_records
