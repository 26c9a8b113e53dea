// node/routing/target_cap.cpp - a token bucket and a list of names for each target.
#include "node/routing/target_cap.hpp"

#include <sodium/crypto_shorthash.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "overlay/contact_filter.hpp"

namespace node {
namespace {

constexpr auto spell_length = std::chrono::seconds(10);
constexpr std::int32_t minutes_kept = 60;

/// What counts as one target. Whoever sends to a NAT64 or 6to4 address ends at the IPv4 one within. Ours are
/// not taken together with their neighbours in the /64, who may be strangers.
asio::ip::address target_of(const asio::ip::address& address, bool ours) {
    auto inner = overlay::unwrapped(address);
    if (inner.is_v4() || ours) return inner;
    auto bytes = inner.to_v6().to_bytes();
    std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
    return asio::ip::address_v6(bytes);
}

std::int64_t spell_of(TargetCap::Time now) {
    return now.time_since_epoch() / spell_length;
}

/// Forgets the spells that are a minute old.
void move_on(std::array<std::uint16_t, 6>& calls, std::int64_t& spell, std::int64_t current) {
    const std::int64_t passed = current - spell;
    for (std::int64_t i = 0; i < std::min<std::int64_t>(passed, 6); ++i)
        calls[static_cast<std::size_t>((current - i) % 6)] = 0;
    spell = std::max(spell, current);
}

}  // namespace

TargetCap::TargetCap(const std::array<std::uint8_t, 16>& secret, IsOurs is_ours)
    : secret_(secret), ours_(std::move(is_ours)) {
    static_assert(crypto_shorthash_KEYBYTES == sizeof secret_);
}

bool TargetCap::admit(const asio::ip::address& target, std::string_view name, Time now) {
    const bool ours = is_ours(target);
    Entry& entry = entry_of(target_of(target, ours), ours ? our_calls_a_minute : calls_a_minute);
    entry.refused_by_name = entry.tokens.has(1, now) && !ours && !admit_name(entry, name, now);
    if (entry.refused_by_name) {
        ++counters_.too_many_names;
        return false;
    }
    if (!entry.tokens.take(1, now)) {
        ++counters_.too_often;
        return false;
    }
    ++counters_.admitted;
    move_on(entry.calls, entry.spell, spell_of(now));
    ++entry.calls[static_cast<std::size_t>(entry.spell % 6)];
    return true;
}

bool TargetCap::admit_name(Entry& entry, std::string_view name, Time now) const {
    std::array<std::uint8_t, crypto_shorthash_BYTES> digest{};
    crypto_shorthash(digest.data(), reinterpret_cast<const unsigned char*>(name.data()), name.size(),
                     secret_.data());
    std::uint32_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    const auto minute =
        static_cast<std::int32_t>(std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count());
    const auto known = std::find_if(entry.names.begin(), entry.names.end(),
                                    [hash](const Name& n) { return n.hash == hash; });
    if (known != entry.names.end()) {
        known->minute = minute;
        return true;
    }
    if (entry.names.size() >= names_an_hour)
        std::erase_if(entry.names, [minute](const Name& n) { return minute - n.minute >= minutes_kept; });
    if (entry.names.size() >= names_an_hour) return false;
    entry.names.push_back({hash, minute});
    return true;
}

std::string TargetCap::reason(const asio::ip::address& target, Time now) const {
    const Entry* entry = entries_.find(target_of(target, is_ours(target)));
    if (entry == nullptr) return {};
    if (entry->refused_by_name)
        return "called by too many names through here (" + std::to_string(names_an_hour) +
               " in the last hour)";
    auto calls = entry->calls;
    auto spell = entry->spell;
    move_on(calls, spell, spell_of(now));
    return "called too often through here (" +
           std::to_string(std::accumulate(calls.begin(), calls.end(), 0)) + " in the last minute)";
}

TargetCap::Entry& TargetCap::entry_of(const asio::ip::address& key, double a_minute) {
    const sip::TokenBucket full(a_minute, std::chrono::minutes(1));
    if (!entries_.contains(key) && entries_.full()) ++counters_.forgotten;
    Entry& entry = entries_.make(key, Entry{full});
    // It has become ours, or is no longer.
    if (entry.tokens.full() != a_minute) entry.tokens = full;
    return entry;
}

}  // namespace node
