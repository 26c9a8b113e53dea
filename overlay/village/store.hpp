// overlay/village/store.hpp - the blocks that a node of a village holds: its own, and all that its neighbours
// brought, still sealed. Anybody on the link may bring what he likes, of as many keys as he makes up. So
// 1. nothing is kept that is not whole, signed and in time (block.hpp's storer's check), and so many
//    signatures a second are looked at, cheap things first;
// 2. of a name and writer the highest seq is kept; an older one is refused, however often it is said again;
// 3. at most 2,000 records of 1 MiB, and 256 tombstones, which live for months; 16 writers of a name. When
//    there is no room, the neighbour who brought the most, and more than is spared, makes it: what he brought
//    last goes. Who brought little loses nothing to who brings much, and who comes last takes no room from
//    those who are spared;
// 4. our own are in nobody's count and never make room.
// Forgotten at the end of the process, and when they expire. A core: overlay loop only.
#pragma once

#include <map>
#include <vector>

#include "overlay/block.hpp"
#include "overlay/dht_node.hpp"
#include "overlay/token_bucket.hpp"
#include "overlay/village/beacon.hpp"

namespace overlay {

class VillageStore {
public:
    struct Shelf {  // room for one kind of blocks
        std::size_t blocks, bytes;
        std::size_t spared;  // blocks of a neighbour that make no room for others'
    };
    struct Limits {
        Shelf records{2000, std::size_t{1} << 20U, 64};
        Shelf tombstones{256, std::size_t{128} << 10U, 16};
        std::size_t writers = 16;  // of a name
        // Signatures, at 40 us: a village of 500 at once, and one in a hundred of a core's time.
        double checks = 1024, checks_fill_in_s = 4;
    };
    using Source = std::optional<asio::ip::address>;  // of the neighbour; none: our own

    /// A block's place: of each name's day and writer there is one.
    struct Key {
        crypto::PublicKey blinded{};
        std::uint8_t writer = 0;  // writer_of()
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    struct Kept {
        std::vector<std::uint8_t> wire;
        std::uint16_t seq = 0;
        UnixSeconds expires = 0;
        std::size_t shelf = 0;  // 0 records, 1 tombstones
        Source from;
        std::uint64_t number = 0;  // in the order in which they came
    };
    using Blocks = std::map<Key, Kept>;

    explicit VillageStore(const Limits& limits);

    enum class Taken : std::uint8_t {
        as_news,
        known,    // we have it
        stale,    // we have a newer one
        refused,  // no block, or not in time, or nobody's
        crowded,  // no room, or no time to check it
    };
    struct Took {
        Taken how = Taken::refused;
        Key key;  // but of what is refused
        std::uint16_t seq = 0;
    };
    Took take(crypto::ByteView wire, const Source& from, Now now);
    /// All but our own.
    void forget_others();
    /// What has expired goes. True: something did.
    bool step(Now now);
    [[nodiscard]] std::optional<UnixSeconds> next_expiry() const;

    [[nodiscard]] const Blocks& all() const noexcept { return blocks_; }
    /// Nullptr: it is not here. Valid until the next call that is not const.
    [[nodiscard]] const Kept* find(const Key& key) const;
    /// Of a name's day, all writers.
    [[nodiscard]] std::vector<const Kept*> of(const crypto::PublicKey& blinded) const;
    /// Of keys and seqs, whatever the rest of the blocks is. The same set gives the same digest.
    [[nodiscard]] const SetDigest& digest() const;
    /// Which sixteenth of the set a key is in.
    [[nodiscard]] static std::size_t part_of(const Key& key) { return key.blinded[0] >> 4U; }

    struct Counters {
        std::uint64_t kept = 0, stale = 0, refused = 0, crowded = 0, let_go = 0;
    };
    [[nodiscard]] bool has_tombstones() const noexcept { return tombstones_ > 0; }
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
    /// A quarter of its places for others' records is free.
    [[nodiscard]] bool is_roomy() const noexcept { return 4 * held_[0].blocks < 3 * limits_.records.blocks; }
    [[nodiscard]] std::size_t bytes() const noexcept { return held_[0].bytes + held_[1].bytes; }

private:
    struct Held {  // of one shelf
        std::size_t blocks = 0, bytes = 0;
        std::map<Source, std::size_t> of;  // blocks, by neighbour
    };
    [[nodiscard]] Taken admit(const Block& block, crypto::ByteView wire, const Source& from, Now now);
    [[nodiscard]] bool lacks_room_for(const Key& key, std::size_t shelf, std::size_t size,
                                      const Source& from) const;
    [[nodiscard]] std::optional<Source> who_makes_room(std::size_t shelf, const Source& from) const;
    void let_last_go(std::size_t shelf, const Source& of);
    void count(const Kept& kept, bool more);
    void erase(Blocks::iterator at);

    Limits limits_;
    TokenBucket checks_;
    Blocks blocks_;
    std::array<Held, 2> held_;  // records, tombstones
    std::uint64_t number_ = 0;
    std::size_t tombstones_ = 0;  // ours and others'
    mutable std::optional<SetDigest> digest_;
    Counters counters_;
};

}  // namespace overlay
