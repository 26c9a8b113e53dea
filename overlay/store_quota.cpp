// overlay/store_quota.cpp - counts what was admitted, and lets it go when its time is over.
#include "overlay/store_quota.hpp"

#include <algorithm>

namespace overlay {
namespace {

constexpr std::size_t entry_cost = 128;  // OpenDHT's and our own bookkeeping of one value, roughly

asio::ip::address source_of(const asio::ip::address& address) {
    if (address.is_v4()) return address;
    auto bytes = address.to_v6().to_bytes();
    if (address.to_v6().is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes);
}

}  // namespace

bool StoreQuota::admit(const asio::ip::address& source, std::size_t size, std::chrono::seconds kept,
                       TimePoint now) {
    release(now);
    const std::size_t cost = size + entry_cost;
    const auto key = source_of(source);
    const auto held = by_source_.find(key);
    const std::size_t of_source = held == by_source_.end() ? 0 : held->second;
    if (bytes_ + cost > limits_.bytes || of_source + cost > limits_.bytes_per_source) return false;
    bytes_ += cost;
    by_source_[key] = of_source + cost;
    kept_.emplace(now + kept, Kept{key, cost});
    return true;
}

void StoreQuota::release(TimePoint now) {
    while (!kept_.empty() && kept_.begin()->first <= now) {
        const auto& oldest = kept_.begin()->second;
        bytes_ -= oldest.size;
        const auto held = by_source_.find(oldest.source);
        held->second -= oldest.size;
        if (held->second == 0) by_source_.erase(held);
        kept_.erase(kept_.begin());
    }
}

}  // namespace overlay
