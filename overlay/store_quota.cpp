// overlay/store_quota.cpp - counts what was admitted, and lets it go when its time is over.
#include "overlay/store_quota.hpp"

#include <algorithm>
#include <numeric>

#include "overlay/source.hpp"

namespace overlay {
namespace {

constexpr std::size_t entry_cost = 128;  // OpenDHT's and our own bookkeeping of one value, roughly

}  // namespace

bool StoreQuota::admit(const asio::ip::address& source, const Key& key, std::size_t size,
                       std::chrono::seconds kept, TimePoint now) {
    release(now);
    const std::size_t cost = size + entry_cost;
    const auto from = source_of(source);
    const auto held = by_source_.find(from);
    const std::size_t of_source = held == by_source_.end() ? 0 : held->second;
    const auto left = limits_.bytes - std::min(limits_.bytes, bytes_);
    if (of_source + cost > std::min(limits_.bytes_per_source, left)) return false;
    if (const auto at_key = by_key_.find(key); at_key != by_key_.end()) {
        const auto count = [](std::size_t sum, const auto& each) { return sum + each.second; };
        const auto all = std::accumulate(at_key->second.begin(), at_key->second.end(), std::size_t{0}, count);
        const auto mine = at_key->second.find(from);
        if (all >= limits_.values_per_key) return false;
        if (mine != at_key->second.end() && mine->second >= limits_.values_per_key_and_source) return false;
    }
    bytes_ += cost;
    by_source_[from] = of_source + cost;
    ++by_key_[key][from];
    kept_.emplace(now + kept, Kept{from, key, cost});
    return true;
}

void StoreQuota::release(TimePoint now) {
    while (!kept_.empty() && kept_.begin()->first <= now) {
        const auto& oldest = kept_.begin()->second;
        bytes_ -= oldest.size;
        const auto held = by_source_.find(oldest.source);
        held->second -= oldest.size;
        if (held->second == 0) by_source_.erase(held);
        const auto at_key = by_key_.find(oldest.key);
        if (--at_key->second[oldest.source] == 0) at_key->second.erase(oldest.source);
        if (at_key->second.empty()) by_key_.erase(at_key);
        kept_.erase(kept_.begin());
    }
}

}  // namespace overlay
