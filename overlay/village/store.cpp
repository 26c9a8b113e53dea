// overlay/village/store.cpp - two bounded shelves of verified blocks.
#include "overlay/village/store.hpp"

#include <sodium/crypto_generichash.h>

#include <algorithm>

#include "overlay/source.hpp"

namespace overlay {
namespace {

constexpr std::size_t records = 0, tombstones = 1;
constexpr std::size_t entry_cost = 160;  // the map's and a vector's bookkeeping, roughly

std::size_t cost(std::size_t wire) {
    return wire + entry_cost;
}

// Of a block that is admitted, and from then on of what is kept of it: one decision, as the room of a shelf
// is asked for by the one and counted by the other.
std::size_t shelf_of(const Block& block) {
    return has_tombstone_shape(block) ? tombstones : records;
}

}  // namespace

VillageStore::VillageStore(const Limits& limits)
    : limits_(limits), checks_(limits.checks, std::chrono::duration<double>(limits.checks_fill_in_s)) {}

VillageStore::Took VillageStore::take(crypto::ByteView wire, const Source& from, Now now) {
    const auto block = parse_block(wire);
    if (!block) {
        ++counters_.refused;
        return {};
    }
    Took took{Taken::refused, {block->blinded, writer_of(*block)}, block->seq};
    const Source source = from ? Source(source_of(*from)) : std::nullopt;
    took.how = admit(*block, wire, source, now);
    switch (took.how) {
        case Taken::as_news: ++counters_.kept; break;
        case Taken::known: break;
        case Taken::stale: ++counters_.stale; break;
        case Taken::refused: ++counters_.refused; break;
        case Taken::crowded: ++counters_.crowded; break;
    }
    if (took.how != Taken::as_news) return took;
    Kept kept{{wire.begin(), wire.end()}, block->seq, block->expires, shelf_of(*block), source, ++number_};
    if (const auto old = blocks_.find(took.key); old != blocks_.end()) {
        if (from) kept.from = old->second.from;  // who brings the newer one of another's pays nothing for it
        erase(old);
    }
    count(kept, true);
    blocks_.emplace(took.key, std::move(kept));
    digest_.reset();
    return took;
}

/// What costs nothing first.
VillageStore::Taken VillageStore::admit(const Block& block, crypto::ByteView wire, const Source& from,
                                        Now now) {
    const Key key{block.blinded, writer_of(block)};
    const auto old = blocks_.find(key);
    if (old != blocks_.end()) {
        if (block.seq < old->second.seq) return Taken::stale;
        // Two of one seq are of a node that lost its memory: callers may be told either, and the first stays.
        if (block.seq == old->second.seq && (from || std::ranges::equal(old->second.wire, wire)))
            return Taken::known;
    }
    if (block.expires <= now.wall) return Taken::refused;
    const auto shelf = shelf_of(block);
    const auto lacks_room = [&] { return lacks_room_for(key, shelf, cost(wire.size()), from); };
    if (from && old == blocks_.end() && of(block.blinded).size() >= limits_.writers) return Taken::crowded;
    if (lacks_room() && !who_makes_room(shelf, from)) return Taken::crowded;
    if (from && !checks_.take(1, now.steady)) return Taken::crowded;
    if (!check_block(wire, location(block.blinded, 0), now.wall)) return Taken::refused;
    while (lacks_room()) {
        const auto greediest = who_makes_room(shelf, from);
        if (!greediest) return Taken::crowded;
        let_last_go(shelf, *greediest);
    }
    return Taken::as_news;
}

/// Ours are not counted, nor what takes the place of one of ours. What takes that of another on its shelf
/// needs no more than it is larger.
bool VillageStore::lacks_room_for(const Key& key, std::size_t shelf, std::size_t size,
                                  const Source& from) const {
    const Kept* const old = find(key);
    if (!from || (old != nullptr && !old->from)) return false;
    const bool takes_place = old != nullptr && old->shelf == shelf;
    const auto& limits = shelf == records ? limits_.records : limits_.tombstones;
    const auto bytes = held_[shelf].bytes - (takes_place ? cost(old->wire.size()) : 0);
    return (!takes_place && held_[shelf].blocks >= limits.blocks) || bytes + size > limits.bytes;
}

/// Who brought the most, if it is more than is spared, and than what `from` would have.
std::optional<VillageStore::Source> VillageStore::who_makes_room(std::size_t shelf,
                                                                 const Source& from) const {
    const auto& of = held_[shelf].of;
    const auto spared = (shelf == records ? limits_.records : limits_.tombstones).spared;
    const auto greediest = std::ranges::max_element(
        of, [](const auto& one, const auto& other) { return one.second < other.second; });
    const auto mine = of.find(from);
    const auto would_have = 1 + (mine == of.end() ? 0 : mine->second);
    if (greediest == of.end() || greediest->second <= std::max(spared, would_have)) return std::nullopt;
    return greediest->first;
}

void VillageStore::let_last_go(std::size_t shelf, const Source& of) {
    auto last = blocks_.end();
    for (auto each = blocks_.begin(); each != blocks_.end(); ++each) {
        if (each->second.from != of || each->second.shelf != shelf) continue;
        if (last == blocks_.end() || each->second.number > last->second.number) last = each;
    }
    ++counters_.let_go;
    erase(last);
}

void VillageStore::count(const Kept& kept, bool more) {
    if (kept.shelf == tombstones) more ? ++tombstones_ : --tombstones_;
    if (!kept.from) return;
    auto& held = held_[kept.shelf];
    const auto size = cost(kept.wire.size());
    if (more) {
        ++held.blocks;
        held.bytes += size;
        ++held.of[kept.from];
        return;
    }
    --held.blocks;
    held.bytes -= size;
    const auto of = held.of.find(kept.from);
    if (--of->second == 0) held.of.erase(of);
}

void VillageStore::erase(Blocks::iterator at) {
    count(at->second, false);
    blocks_.erase(at);
    digest_.reset();
}

void VillageStore::forget_others() {
    for (auto each = blocks_.begin(); each != blocks_.end();) {
        const auto next = std::next(each);
        if (each->second.from) erase(each);
        each = next;
    }
}

bool VillageStore::step(Now now) {
    bool gone = false;
    for (auto each = blocks_.begin(); each != blocks_.end();) {
        const auto next = std::next(each);
        if (each->second.expires <= now.wall) {
            erase(each);
            gone = true;
        }
        each = next;
    }
    return gone;
}

std::optional<UnixSeconds> VillageStore::next_expiry() const {
    std::optional<UnixSeconds> next;
    for (const auto& [key, kept] : blocks_)
        if (!next || kept.expires < *next) next = kept.expires;
    return next;
}

const VillageStore::Kept* VillageStore::find(const Key& key) const {
    const auto found = blocks_.find(key);
    return found == blocks_.end() ? nullptr : &found->second;
}

std::vector<const VillageStore::Kept*> VillageStore::of(const crypto::PublicKey& blinded) const {
    std::vector<const Kept*> found;
    for (auto each = blocks_.lower_bound({blinded, 0}); each != blocks_.end(); ++each) {
        if (each->first.blinded != blinded) break;
        found.push_back(&each->second);
    }
    return found;
}

const SetDigest& VillageStore::digest() const {
    if (digest_) return *digest_;
    const auto begin = [](crypto_generichash_state& state) {
        crypto_generichash_init(&state, nullptr, 0, crypto_generichash_BYTES_MIN);
    };
    static_assert(crypto_generichash_BYTES_MIN == 16);
    crypto_generichash_state all;
    begin(all);
    SetDigest digest;
    auto each = blocks_.begin();
    for (std::size_t part = 0; part < SetDigest::part_count; ++part) {
        crypto_generichash_state state;
        begin(state);
        for (; each != blocks_.end() && part_of(each->first) == part; ++each) {
            const auto& [key, kept] = *each;
            const std::array<std::uint8_t, 3> rest = {key.writer, static_cast<std::uint8_t>(kept.seq >> 8U),
                                                      static_cast<std::uint8_t>(kept.seq & 0xffU)};
            crypto_generichash_update(&state, key.blinded.data(), key.blinded.size());
            crypto_generichash_update(&state, rest.data(), rest.size());
        }
        crypto::Bytes<16> of_part{};
        crypto_generichash_final(&state, of_part.data(), of_part.size());
        digest.parts[part] = static_cast<std::uint16_t>(of_part[0] << 8U | of_part[1]);
        crypto_generichash_update(&all, of_part.data(), of_part.size());
    }
    crypto_generichash_final(&all, digest.all.data(), digest.all.size());
    digest_ = digest;
    return *digest_;
}

}  // namespace overlay
