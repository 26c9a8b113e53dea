// overlay/village/beacon.hpp - what a node says of itself to its neighbours on the home's network or in the
// mesh, over multicast: that it is there, at which ports, and which blocks it holds. 96 bytes, for whoever
// listens; so nothing in it is a name, a key, or the same tomorrow.
// clang-format off
//   0  "HWn" 1
//   4  network, u32be          which DHT it is of
//   8  tag, 8 bytes            random, of this run in this network
//  16  DHT's UDP port, u16be   0: none
//  18  SIP's ports over UDP, TCP, TLS, u16be each
//  24  blocks, 16 bytes        digest of the set of blocks that it holds (store.hpp); zeros: it does not say
//  40  parts, 16 of u16be      the same of each sixteenth of them, to tell which differ
//  72  flags                   1: it is in the DHT, and not by its neighbours alone; other bits are read over
//  73  zeros, 7 bytes          room; read over
//  80  mark, 16 bytes          the first 16 bytes of HMAC-SHA512-256(TLS key hash, "hedgewitch/v1/beacon" || address || bytes 0..23 || bytes 73..79)
// clang-format on
// The mark is recognised by who has the record of one of its users: there stands the TLS key hash. To others
// it is noise. It covers the address that the beacon came from, so that nobody who has not the hash can send
// it from elsewhere; not the digests and the flags, which change with every block and are believed by nobody.
// It proves nothing: who has the hash can make one. What it leads to is tried by TLS alone, with the key that
// the record names. Pure functions; any thread.
#pragma once

#include <array>
#include <asio/ip/address.hpp>
#include <optional>

#include "crypto/bytes.hpp"

namespace overlay {

inline constexpr std::size_t beacon_size = 96;
using BeaconBytes = crypto::Bytes<beacon_size>;

/// 0: nothing listens there.
struct SipPorts {
    std::uint16_t udp = 0, tcp = 0, tls = 0;
    friend bool operator==(const SipPorts&, const SipPorts&) = default;
};

/// Of a set of blocks: store.hpp.
struct SetDigest {
    static constexpr std::size_t part_count = 16;
    crypto::Bytes<16> all{};
    std::array<std::uint16_t, part_count> parts{};
    friend bool operator==(const SetDigest&, const SetDigest&) = default;
};

struct Beacon {
    std::uint32_t network = 0;
    crypto::Bytes<8> tag{};
    std::uint16_t dht = 0;
    SipPorts sip;
    SetDigest blocks;
    bool in_dht = false;
    friend bool operator==(const Beacon&, const Beacon&) = default;
};

/// `from`: the address that it will come from.
[[nodiscard]] BeaconBytes write_beacon(const Beacon& beacon, const asio::ip::address& from,
                                       const crypto::Bytes<32>& tls_key_hash);
/// Do both say the same of the same node, whatever the blocks are that it holds, and whether in the DHT?
[[nodiscard]] bool is_of_same_node(const BeaconBytes& one, const BeaconBytes& other);
/// Nothing: it is none, or of a version that we do not know.
[[nodiscard]] std::optional<Beacon> read_beacon(crypto::ByteView datagram);
/// Does it come from where it was made to, by somebody who has this hash? Never for zeros, which stand for no
/// key.
[[nodiscard]] bool is_marked_by(const BeaconBytes& beacon, const asio::ip::address& from,
                                const crypto::Bytes<32>& tls_key_hash);

}  // namespace overlay
