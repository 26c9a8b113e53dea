// overlay/record_merge.hpp - many blocks of one name into one answer: newest seq of each slot, slots
// united.
// 1. A seq below the highest ever seen for (A', slot) is refused: a storer cannot bring an old address
//    back.
// 2. What the owner's own key has signed in a slot stands above what a certified node wrote there, and a
//    certified node's seq never stands against the owner's.
// 3. The memory is bounded (least recently used goes first; an entry is useless once its period is over).
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "overlay/block.hpp"
#include "overlay/recent_map.hpp"

namespace overlay {

/// The highest seq seen of each writer. Overlay loop only. `restore` on start what `on_change` gave before.
class RollbackMemory {
public:
    struct Entry {
        crypto::PublicKey blinded{};
        std::uint8_t slot = 0;  // writer_of()
        std::uint16_t seq = 0;
        std::uint32_t period = 0;
    };
    explicit RollbackMemory(std::size_t capacity = 4096) : capacity_(capacity), known_(capacity) {}

    /// True and remembered when `seq` is at least the highest seen; false for a rollback.
    bool admit(const crypto::PublicKey& blinded, std::uint8_t writer, std::uint16_t seq,
               std::uint32_t period);
    void restore(const Entry& entry);
    void forget_before(std::uint32_t period);
    [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }
    std::function<void(const Entry&)> on_change;  // a higher seq was seen: keep it over a restart

private:
    struct Known {
        std::uint16_t seq;
        std::uint32_t period;
    };

    std::size_t capacity_;  // 0: nothing is remembered
    RecentMap<std::pair<crypto::PublicKey, std::uint8_t>, Known> known_;
};

/// What the blocks of a name say together.
struct United {
    InnerRecord record;
    /// The owner's own key signed some of it. Else only nodes that he has certified speak, and on their word
    /// nothing is remembered for longer than they are met.
    bool by_owner = false;
    std::vector<NodeAddress> owners_nodes;  // of the record's, those that the owner's own key names
};

/// Collects the opened blocks of one name and period.
class RecordMerge {
public:
    explicit RecordMerge(RollbackMemory& memory) : memory_(memory) {}

    /// Error: rolled_back (also against a newer block met in this very merge).
    [[nodiscard]] Result<void> add(OpenedBlock opened, std::uint32_t period);

    [[nodiscard]] bool empty() const noexcept { return newest_.empty(); }
    /// Around midnight two days answer: of each writer the block that was issued later.
    void include(const RecordMerge& other_day);
    [[nodiscard]] UnixSeconds latest_issue() const;     // REQUIRES: not empty
    [[nodiscard]] UnixSeconds earliest_expiry() const;  // REQUIRES: not empty
    /// United over slots, newest first, edge indexes rewritten; the newest tombstone or delegation wins over
    /// contacts. Its lists may be longer than one record's: 16 slots of 8.
    [[nodiscard]] United united() const;  // REQUIRES: not empty

private:
    [[nodiscard]] std::vector<const OpenedBlock*> newest_first() const;

    RollbackMemory& memory_;
    std::map<std::uint8_t, OpenedBlock> newest_;  // by writer_of()
};

}  // namespace overlay
