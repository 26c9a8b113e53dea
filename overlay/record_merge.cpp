// overlay/record_merge.cpp - rollback memory, and the union of an owner's slots.
#include "overlay/record_merge.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace overlay {
namespace {

// Newer first; the rest only makes the order the same whatever came first.
bool is_newer(const OpenedBlock& a, const OpenedBlock& b) {
    return std::tie(a.record.issued_at, a.block.seq, a.block.slot) >
           std::tie(b.record.issued_at, b.block.seq, b.block.slot);
}

// Two blocks of one seq: a node that lost its memory. The one that
// lasts longer; then any, but always the same.
bool is_preferred(const Block& a, const Block& b) {
    return std::tie(a.seq, a.expires, a.signature) > std::tie(b.seq, b.expires, b.signature);
}

// A phone may be registered at two of the owner's nodes: once is enough, with its best q.
void add_direct(std::vector<DirectPhone>& all, const DirectPhone& phone) {
    const auto same = std::ranges::find_if(all, [&](const DirectPhone& other) {
        return other.address == phone.address && other.user == phone.user;
    });
    if (same == all.end())
        all.push_back(phone);
    else
        same->q = std::max(same->q, phone.q);
}

}  // namespace

bool RollbackMemory::admit(const crypto::PublicKey& blinded, std::uint8_t slot, std::uint16_t seq,
                           std::uint32_t period) {
    if (Known* const known = known_.use(std::pair{blinded, slot})) {
        if (seq < known->seq) return false;
        if (seq == known->seq) return true;
        known->seq = seq;
    } else if (capacity_ > 0) {
        known_.put({blinded, slot}, {seq, period});
    }
    if (on_change) on_change({blinded, slot, seq, period});
    return true;
}

void RollbackMemory::restore(const Entry& entry) {
    if (Known* const known = known_.find(std::pair{entry.blinded, entry.slot}))
        known->seq = std::max(known->seq, entry.seq);
    else if (capacity_ > 0)
        known_.put({entry.blinded, entry.slot}, {entry.seq, entry.period});
}

void RollbackMemory::forget_before(std::uint32_t period) {
    known_.erase_if([period](const auto&, const Known& known) { return known.period < period; });
}

Result<void> RecordMerge::add(OpenedBlock opened, std::uint32_t period) {
    const auto& block = opened.block;
    const auto known = newest_.find(block.slot);
    // Also against this merge itself: the memory may have let the entry go.
    if (known != newest_.end() && block.seq < known->second.block.seq) return fail(Errc::rolled_back);
    if (!memory_.admit(block.blinded, block.slot, block.seq, period)) return fail(Errc::rolled_back);
    if (known == newest_.end())
        newest_.emplace(block.slot, std::move(opened));
    else if (is_preferred(block, known->second.block))
        known->second = std::move(opened);
    return {};
}

UnixSeconds RecordMerge::earliest_expiry() const {
    assert(!empty());
    auto earliest = std::numeric_limits<UnixSeconds>::max();
    for (const auto& [slot, opened] : newest_)
        earliest = std::min(earliest, opened.block.expires);
    return earliest;
}

InnerRecord RecordMerge::united() const {
    assert(!empty());
    std::vector<const OpenedBlock*> blocks;
    for (const auto& [slot, opened] : newest_)
        blocks.push_back(&opened);
    std::ranges::sort(blocks, [](const auto* a, const auto* b) { return is_newer(*a, *b); });
    const auto decisive = std::ranges::find_if(
        blocks, [](const auto* opened) { return opened->record.kind != Kind::contacts; });
    if (decisive != blocks.end()) return (*decisive)->record;

    InnerRecord all;
    all.issued_at = blocks.front()->record.issued_at;
    for (const auto* opened : blocks) {
        const auto& record = opened->record;
        // 16 slots of 8 edges: an index always fits.
        const auto first_edge = static_cast<std::uint8_t>(all.edges.size());
        for (Edge edge : record.edges) {
            edge.ticket_key = record.ticket_key;  // another node cannot open what is sealed to it
            all.edges.push_back(std::move(edge));
        }
        for (auto phone : record.phones) {
            phone.edge = static_cast<std::uint8_t>(phone.edge + first_edge);
            all.phones.push_back(phone);
        }
        for (const auto& phone : record.direct)
            add_direct(all.direct, phone);
        all.nodes.insert(all.nodes.end(), record.nodes.begin(), record.nodes.end());
        // The other keys are the owner's, not a slot's: the newest word counts.
        if (!all.ticket_key) all.ticket_key = record.ticket_key;
        if (!all.target) all.target = record.target;
        if (!all.next_key_commitment) all.next_key_commitment = record.next_key_commitment;
    }
    return all;
}

}  // namespace overlay
