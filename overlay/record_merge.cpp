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

void unite(United& all, const OpenedBlock& opened) {
    const auto& record = opened.record;
    auto& to = all.record;
    // 16 slots of 8 edges: an index always fits.
    const auto first_edge = static_cast<std::uint8_t>(to.edges.size());
    for (Edge edge : record.edges) {
        edge.ticket_key = record.ticket_key;  // another node cannot open what is sealed to it
        to.edges.push_back(std::move(edge));
    }
    for (ThroughEdge edge : record.through) {
        edge.ticket_key = record.ticket_key;
        to.through.push_back(edge);
    }
    for (auto phone : record.phones) {
        phone.edge = static_cast<std::uint8_t>(phone.edge + first_edge);
        to.phones.push_back(phone);
    }
    for (const auto& phone : record.direct)
        add_direct(to.direct, phone);
    if (!to.ticket_key) to.ticket_key = record.ticket_key;
    if (opened.block.certificate) {
        to.nodes.insert(to.nodes.end(), record.nodes.begin(), record.nodes.end());
        return;
    }
    all.by_owner = true;
    all.owners_nodes.insert(all.owners_nodes.end(), record.nodes.begin(), record.nodes.end());
    // The other keys are the owner's, not a slot's: his newest word counts.
    if (!to.target) to.target = record.target;
    if (!to.next_key_commitment) to.next_key_commitment = record.next_key_commitment;
}

}  // namespace

bool RollbackMemory::admit(const crypto::PublicKey& blinded, std::uint8_t writer, std::uint16_t seq,
                           std::uint32_t period) {
    if (Known* const known = known_.use(std::pair{blinded, writer})) {
        if (seq < known->seq) return false;
        if (seq == known->seq) return true;
        known->seq = seq;
    } else if (capacity_ > 0) {
        known_.put({blinded, writer}, {seq, period});
    }
    if (on_change) on_change({blinded, writer, seq, period});
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
    const auto writer = writer_of(block);
    const auto known = newest_.find(writer);
    // Also against this merge itself: the memory may have let the entry go.
    if (known != newest_.end() && block.seq < known->second.block.seq) return fail(Errc::rolled_back);
    if (!memory_.admit(block.blinded, writer, block.seq, period)) return fail(Errc::rolled_back);
    if (known == newest_.end())
        newest_.emplace(writer, std::move(opened));
    else if (is_preferred(block, known->second.block))
        known->second = std::move(opened);
    return {};
}

void RecordMerge::include(const RecordMerge& other_day) {
    for (const auto& [writer, opened] : other_day.newest_) {
        const auto [known, is_new] = newest_.try_emplace(writer, opened);
        if (!is_new && is_newer(opened, known->second)) known->second = opened;
    }
}

std::vector<const OpenedBlock*> RecordMerge::newest_first() const {
    std::vector<const OpenedBlock*> blocks;
    for (const auto& [writer, opened] : newest_) {
        const bool by_owner = writer <= max_slot;
        if (by_owner || !newest_.contains(static_cast<std::uint8_t>(writer - certified_writers)))
            blocks.push_back(&opened);
    }
    std::ranges::sort(blocks, [](const auto* a, const auto* b) { return is_newer(*a, *b); });
    return blocks;
}

UnixSeconds RecordMerge::latest_issue() const {
    return newest_first().front()->record.issued_at;
}

UnixSeconds RecordMerge::earliest_expiry() const {
    assert(!empty());
    auto earliest = std::numeric_limits<UnixSeconds>::max();
    for (const auto* opened : newest_first())
        earliest = std::min(earliest, opened->block.expires);
    return earliest;
}

United RecordMerge::united() const {
    assert(!empty());
    const auto blocks = newest_first();
    const auto decisive = std::ranges::find_if(
        blocks, [](const auto* opened) { return opened->record.kind != Kind::contacts; });
    // The owner's word: open_block() takes no such from a certified node.
    if (decisive != blocks.end()) return {(*decisive)->record, true, (*decisive)->record.nodes};

    United all;
    all.record.issued_at = blocks.front()->record.issued_at;
    for (const auto* opened : blocks)
        unite(all, *opened);
    // Whoever is asked past the DHT: the owner's own nodes first.
    all.record.nodes.insert(all.record.nodes.begin(), all.owners_nodes.begin(), all.owners_nodes.end());
    return all;
}

}  // namespace overlay
