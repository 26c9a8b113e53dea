// node/probe/target_health.hpp - remembers which SIP targets failed lately, so that callers are sent to
// others first. Never a reason to leave a target out: only to try it last. A core: time is handed in.
// clang-format off
//   failed           dead for 60 s; for 120 s, 240 s ... at most 10 min when it fails again afterwards
//   failed, dead     the same outage (several calls at once): changes nothing, so that it is tried again in time
//   answered         forgotten
// clang-format on
// Bounded: 1,024 targets; the one that failed longest ago makes room.
// SIP loop only.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "node/addresses.hpp"
#include "overlay/transport_address.hpp"
#include "sip/recent_map.hpp"

namespace node {

class TargetHealth {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t max_entries = 1024;
    static constexpr auto first_pause = std::chrono::seconds(60);
    static constexpr auto longest_pause = std::chrono::seconds(600);

    void failed(const overlay::TransportAddress& target, Time now);
    void answered(const overlay::TransportAddress& target);
    [[nodiscard]] bool is_dead(const overlay::TransportAddress& target, Time now) const;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// Dead ones last; the order is otherwise kept. For DnsTarget, overlay::TransportAddress and whatever has
    /// their three members.
    template <typename Target>
    void reorder(std::vector<Target>& targets, Time now) const {
        std::stable_partition(targets.begin(), targets.end(),
                              [&](const Target& target) { return !is_dead(key_of(target), now); });
    }
    template <typename Target>
    static overlay::TransportAddress key_of(const Target& target) {
        return {to_overlay(target.transport), target.address, target.port};
    }
    static overlay::TransportAddress key_of(const overlay::TransportAddress& target) { return target; }

private:
    struct Entry {
        Time until{};  // dead before that
        std::chrono::seconds pause{};
    };
    sip::RecentMap<overlay::TransportAddress, Entry> entries_{max_entries};  // by their latest failure
};

}  // namespace node
