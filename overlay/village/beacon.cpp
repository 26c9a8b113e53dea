// overlay/village/beacon.cpp - 96 bytes, written and read.
#include "overlay/village/beacon.hpp"

#include <sodium/crypto_auth_hmacsha512256.h>
#include <sodium/utils.h>

#include <algorithm>

namespace overlay {
namespace {

constexpr crypto::Bytes<4> magic = {'H', 'W', 'n', 1};
constexpr std::size_t network_at = 4, tag_at = 8, dht_at = 16, udp_at = 18, tcp_at = 20, tls_at = 22,
                      blocks_at = 24, parts_at = 40, flags_at = 72, room_at = 73, mark_at = 80,
                      mark_size = 16;
static_assert(mark_at + mark_size == beacon_size && parts_at + 2 * SetDigest::part_count == flags_at);
static_assert(crypto_auth_hmacsha512256_KEYBYTES == 32);

void put(BeaconBytes& bytes, std::size_t at, std::uint16_t value) {
    bytes[at] = static_cast<std::uint8_t>(value >> 8U);
    bytes[at + 1] = static_cast<std::uint8_t>(value & 0xffU);
}

std::uint16_t get(crypto::ByteView bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

crypto::Bytes<mark_size> mark_of(const BeaconBytes& bytes, const asio::ip::address& from,
                                 const crypto::Bytes<32>& key) {
    crypto_auth_hmacsha512256_state state;
    crypto_auth_hmacsha512256_init(&state, key.data(), key.size());
    const auto take = [&state](crypto::ByteView part) {
        crypto_auth_hmacsha512256_update(&state, part.data(), part.size());
    };
    take(crypto::bytes_of("hedgewitch/v1/beacon"));
    if (from.is_v4())
        take(from.to_v4().to_bytes());
    else
        take(from.to_v6().to_bytes());
    take(crypto::ByteView(bytes).first(blocks_at));
    take(crypto::ByteView(bytes).subspan(room_at, mark_at - room_at));
    crypto::Bytes<crypto_auth_hmacsha512256_BYTES> whole{};
    crypto_auth_hmacsha512256_final(&state, whole.data());
    crypto::Bytes<mark_size> mark{};
    std::copy_n(whole.begin(), mark.size(), mark.begin());
    return mark;
}

}  // namespace

BeaconBytes write_beacon(const Beacon& beacon, const asio::ip::address& from,
                         const crypto::Bytes<32>& tls_key_hash) {
    BeaconBytes bytes{};
    std::ranges::copy(magic, bytes.begin());
    put(bytes, network_at, static_cast<std::uint16_t>(beacon.network >> 16U));
    put(bytes, network_at + 2, static_cast<std::uint16_t>(beacon.network & 0xffffU));
    std::ranges::copy(beacon.tag, bytes.begin() + tag_at);
    put(bytes, dht_at, beacon.dht);
    put(bytes, udp_at, beacon.sip.udp);
    put(bytes, tcp_at, beacon.sip.tcp);
    put(bytes, tls_at, beacon.sip.tls);
    std::ranges::copy(beacon.blocks.all, bytes.begin() + blocks_at);
    for (std::size_t i = 0; i < beacon.blocks.parts.size(); ++i)
        put(bytes, parts_at + 2 * i, beacon.blocks.parts[i]);
    bytes[flags_at] = beacon.in_dht ? 1 : 0;
    std::ranges::copy(mark_of(bytes, from, tls_key_hash), bytes.begin() + mark_at);
    return bytes;
}

std::optional<Beacon> read_beacon(crypto::ByteView datagram) {
    if (datagram.size() != beacon_size || !std::ranges::equal(datagram.first(magic.size()), magic))
        return std::nullopt;
    Beacon beacon;
    beacon.network = std::uint32_t{get(datagram, network_at)} << 16U | get(datagram, network_at + 2);
    std::ranges::copy(datagram.subspan(tag_at, beacon.tag.size()), beacon.tag.begin());
    beacon.dht = get(datagram, dht_at);
    beacon.sip = {get(datagram, udp_at), get(datagram, tcp_at), get(datagram, tls_at)};
    std::ranges::copy(datagram.subspan(blocks_at, beacon.blocks.all.size()), beacon.blocks.all.begin());
    for (std::size_t i = 0; i < beacon.blocks.parts.size(); ++i)
        beacon.blocks.parts[i] = get(datagram, parts_at + 2 * i);
    beacon.in_dht = (datagram[flags_at] & 1U) != 0;
    return beacon;
}

bool is_of_same_node(const BeaconBytes& one, const BeaconBytes& other) {
    return std::equal(one.begin(), one.begin() + blocks_at, other.begin()) &&
           std::equal(one.begin() + room_at, one.end(), other.begin() + room_at);
}

bool is_marked_by(const BeaconBytes& beacon, const asio::ip::address& from,
                  const crypto::Bytes<32>& tls_key_hash) {
    if (tls_key_hash == crypto::Bytes<32>{}) return false;
    const auto mark = mark_of(beacon, from, tls_key_hash);
    return sodium_memcmp(mark.data(), beacon.data() + mark_at, mark_size) == 0;
}

}  // namespace overlay
