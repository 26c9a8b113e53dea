// sip/edge/kept_flows.cpp - whose turn it is, and who is silent.
#include "sip/edge/kept_flows.hpp"

#include <utility>

namespace sip {

void KeptFlows::retain(std::map<Flow, Wish> wanted, Time now) {
    std::erase_if(flows_, [&](const auto& entry) { return !wanted.contains(entry.first); });
    for (auto& [flow, wish] : wanted) {
        const auto [it, is_new] = flows_.try_emplace(flow);
        Kept& kept = it->second;
        kept.wish = std::move(wish);
        if (kept.wish.by == By::nothing) {
            kept.timer.cancel();
            continue;
        }
        if (!is_new && kept.timer.is_set()) continue;
        // Not all in one moment, though all phones of a house were switched on in one.
        constexpr std::uint64_t step = 1237;
        kept.period = shortest +
                      std::chrono::milliseconds(++begun_ * step % static_cast<std::uint64_t>(spread.count()));
        timers_.set(kept.timer, flow, now + kept.period);
    }
}

const KeptFlows::Wish* KeptFlows::find(const Flow& flow) const {
    const auto it = flows_.find(flow);
    return it == flows_.end() ? nullptr : &it->second.wish;
}

std::optional<Flow> KeptFlows::next_due(Time now) {
    const Flow* const due = timers_.due(now);
    if (due == nullptr) return std::nullopt;
    const Flow flow = *due;
    Kept& kept = flows_.at(flow);
    timers_.set(kept.timer, flow, now + kept.period);
    return flow;
}

void KeptFlows::answered(const Flow& flow) {
    const auto it = flows_.find(flow);
    if (it == flows_.end()) return;
    it->second.answers = true;
    it->second.missed = 0;
}

bool KeptFlows::missed(const Flow& flow) {
    const auto it = flows_.find(flow);
    return it != flows_.end() && it->second.answers && ++it->second.missed >= most_missed;
}

}  // namespace sip
