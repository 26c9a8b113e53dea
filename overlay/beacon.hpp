// overlay/beacon.hpp - what a node says of itself to its neighbours on the home's network, over multicast:
// that it is there, and at which ports. 96 bytes, for whoever listens; so nothing in it is a name, a key, or
// the same tomorrow.
// clang-format off
//   0  "HWn" 1
//   4  network, u32be          which DHT it is of
//   8  tag, 8 bytes            random, of this run in this network
//  16  DHT's UDP port, u16be   0: none
//  18  SIP's ports over UDP, TCP, TLS, u16be each
//  24  blocks, 16 bytes        digest of the set of blocks that it holds for others; zeros: it does not say
//  40  zeros, 40 bytes         room; read over
//  80  mark, 16 bytes          the first 16 bytes of HMAC-SHA512-256(TLS key hash, "hedgewitch/v1/beacon" || address || bytes 0..79)
// clang-format on
// The mark is recognised by who has the record of one of its users: there stands the TLS key hash. To others
// it is noise. It covers the address that the beacon came from, so that nobody who has not the hash can send
// it from elsewhere. It proves nothing: who has the hash can make one. What it leads to is tried by TLS
// alone, with the key that the record names. Pure functions; any thread.
#pragma once

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

struct Beacon {
    std::uint32_t network = 0;
    crypto::Bytes<8> tag{};
    std::uint16_t dht = 0;
    SipPorts sip;
    crypto::Bytes<16> blocks{};
    friend bool operator==(const Beacon&, const Beacon&) = default;
};

/// `from`: the address that it will come from.
[[nodiscard]] BeaconBytes write_beacon(const Beacon& beacon, const asio::ip::address& from,
                                       const crypto::Bytes<32>& tls_key_hash);
/// Nothing: it is none, or of a version that we do not know.
[[nodiscard]] std::optional<Beacon> read_beacon(crypto::ByteView datagram);
/// Does it come from where it was made to, by somebody who has this hash? Never for zeros, which stand for no
/// key.
[[nodiscard]] bool is_marked_by(const BeaconBytes& beacon, const asio::ip::address& from,
                                const crypto::Bytes<32>& tls_key_hash);

}  // namespace overlay
