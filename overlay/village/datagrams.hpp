// overlay/village/datagrams.hpp - what neighbours say to each other of the blocks that they hold, to the
// group of the beacon, 1,232 bytes at the most.
// clang-format off
//   0  "HWv" 1
//   4  network, u32be
//   8  what, u8                 1 list, 2 want, 3 give
//   9  list:  first and last key prefix, 8 bytes each: all that the sender holds between them, both included,
//             is in it; then for each block key prefix (8), writer (1), seq u16be, by prefix and writer
//      want:  for each block key prefix (8), writer (1)
//      give:  for each block its size u16be, and the block (block.hpp)
// clang-format on
// A key prefix is the first eight bytes of A', a writer block.hpp's writer_of(). No name, no address and no
// key is in it. Pure functions; any thread.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "crypto/bytes.hpp"

namespace overlay {

inline constexpr std::size_t most_village_bytes = 1232;  // IPv6 carries 1280 without fragments
using KeyPrefix = crypto::Bytes<8>;

struct BlockPlace {
    KeyPrefix prefix{};
    std::uint8_t writer = 0;
    friend auto operator<=>(const BlockPlace&, const BlockPlace&) = default;
};
struct ListedBlock {
    BlockPlace place;
    std::uint16_t seq = 0;
    friend bool operator==(const ListedBlock&, const ListedBlock&) = default;
};
struct BlockList {
    KeyPrefix first{}, last{};
    std::vector<ListedBlock> blocks;  // ascending
};
struct BlockWant {
    std::vector<BlockPlace> blocks;
};
struct BlockGive {
    std::vector<crypto::ByteView> blocks;  // borrowed from the datagram
};
inline constexpr std::size_t most_listed = (most_village_bytes - 25) / 11,
                             most_wanted = (most_village_bytes - 9) / 9;
/// Room for one more block of that size in a give of `size` bytes; a give without any has 9.
[[nodiscard]] constexpr bool fits_give(std::size_t size, std::size_t block) {
    return size + 2 + block <= most_village_bytes;
}
inline constexpr std::size_t give_head = 9;
/// A block that is too large for a datagram with others, or for any: it goes alone (block.hpp: 1,280).
inline constexpr std::size_t most_bytes_alone = 1400;

using VillageBytes = std::vector<std::uint8_t>;
[[nodiscard]] VillageBytes write_datagram(std::uint32_t network, const BlockList& list);
[[nodiscard]] VillageBytes write_datagram(std::uint32_t network, const BlockWant& want);
[[nodiscard]] VillageBytes write_datagram(std::uint32_t network, const BlockGive& give);

using VillageSaid = std::variant<BlockList, BlockWant, BlockGive>;
/// Is it one of these, of whatever version and network?
[[nodiscard]] bool is_village_datagram(crypto::ByteView datagram);
/// Nothing: it is none, of another network, cut off, or not in order.
[[nodiscard]] std::optional<VillageSaid> read_datagram(std::uint32_t network, crypto::ByteView datagram);

}  // namespace overlay
