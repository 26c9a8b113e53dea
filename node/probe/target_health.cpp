// node/probe/target_health.cpp - outages, doubling.
#include "node/probe/target_health.hpp"

namespace node {

void TargetHealth::failed(const overlay::TransportAddress& target, Time now) {
    const auto found = entries_.find(target);
    if (found == entries_.end()) {
        if (entries_.size() >= max_entries) {
            entries_.erase(by_failure_.back());
            by_failure_.pop_back();
        }
        by_failure_.push_front(target);
        entries_.emplace(target, Entry{now + first_pause, first_pause, by_failure_.begin()});
        return;
    }
    Entry& entry = found->second;
    by_failure_.splice(by_failure_.begin(), by_failure_, entry.place);
    if (now < entry.until) return;
    // Without a failure for as long as the longest pause: who knows whether it was down all the time.
    const bool again = now < entry.until + longest_pause;
    entry.pause = again ? std::min<std::chrono::seconds>(entry.pause * 2, longest_pause)
                        : std::chrono::seconds(first_pause);
    entry.until = now + entry.pause;
}

void TargetHealth::answered(const overlay::TransportAddress& target) {
    const auto found = entries_.find(target);
    if (found == entries_.end()) return;
    by_failure_.erase(found->second.place);
    entries_.erase(found);
}

bool TargetHealth::is_dead(const overlay::TransportAddress& target, Time now) const {
    const auto found = entries_.find(target);
    return found != entries_.end() && now < found->second.until;
}

}  // namespace node
