// node/probe/target_health.cpp - outages, doubling.
#include "node/probe/target_health.hpp"

namespace node {

void TargetHealth::failed(const overlay::TransportAddress& target, Time now) {
    Entry* entry = entries_.use(target);
    if (entry == nullptr) {
        entries_.put(target, {now + first_pause, first_pause});
        return;
    }
    if (now < entry->until) return;
    // Without a failure for as long as the longest pause: who knows whether it was down all the time.
    const bool again = now < entry->until + longest_pause;
    entry->pause = again ? std::min<std::chrono::seconds>(entry->pause * 2, longest_pause)
                         : std::chrono::seconds(first_pause);
    entry->until = now + entry->pause;
}

void TargetHealth::answered(const overlay::TransportAddress& target) {
    entries_.erase(target);
}

bool TargetHealth::is_dead(const overlay::TransportAddress& target, Time now) const {
    const Entry* entry = entries_.find(target);
    return entry != nullptr && now < entry->until;
}

}  // namespace node
