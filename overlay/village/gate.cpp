// overlay/village/gate.cpp - looked for, put if nobody has it, kept there.
#include "overlay/village/gate.hpp"

#include <algorithm>

namespace overlay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds look_every{5}, answered_within{4}, next_turn{1};
// As often as a record is put again (placement.cpp).
constexpr milliseconds again_least = seconds(440), again_most = seconds(520);

}  // namespace

void Gate::choose(const VillageStore& store,
                  const std::function<bool(const asio::ip::address& neighbour)>& serves_itself, Now now) {
    look_at_ = now.steady + look_every;
    std::erase_if(served_, [&](const auto& each) {
        const auto* kept = store.find(each.first);
        return kept == nullptr || kept->seq != each.second.seq || !kept->from || serves_itself(*kept->from);
    });
    for (const auto& [key, kept] : store.all()) {
        if (served_.size() >= most) return;
        if (!kept.from || served_.contains(key) || serves_itself(*kept.from)) continue;
        const auto block = parse_block(kept.wire);
        if (!block || has_tombstone_shape(*block)) continue;  // whoever keeps those findable is in the DHT
        auto& served = served_[key];
        served.seq = kept.seq;
        served.placement.blinded = key.blinded;
        served.placement.id = value_id(block->signature);
        served.placement.wire = kept.wire;
        served.look_at = now.steady;
    }
}

void Gate::look(Served& served, Now now) {
    served.look_at.reset();
    served.judge_at = now.steady + answered_within;
    *served.found = false;
    dht_.get(location(served.placement.blinded, 0), true,
             [found = std::weak_ptr(served.found), id = served.placement.id](const DhtNode::Found& value) {
                 const auto alive = found.lock();
                 if (alive && value.id == id) *alive = true;
                 return alive && !*alive;
             },
             {});
}

void Gate::work(Served& served, Now now) {
    const auto reached = [&](const std::optional<TimePoint>& at) { return at && *at <= now.steady; };
    if (served.put) {
        placer_.tend(served.placement, now);
        if (reached(served.placement.put_at) && turns_.take(1, now.steady))
            placer_.put_if_due(served.placement, now);
        return;
    }
    if (reached(served.look_at) && turns_.take(1, now.steady)) return look(served, now);
    if (!reached(served.judge_at)) return;
    served.judge_at.reset();
    if (*served.found) {
        served.look_at = now.steady + placer_.between(again_least, again_most);
        return;
    }
    served.put = true;
    served.placement.put_at = now.steady;
}

void Gate::step(const VillageStore& store,
                const std::function<bool(const asio::ip::address& neighbour)>& serves_itself, Now now) {
    if (!look_at_ || *look_at_ <= now.steady) choose(store, serves_itself, now);
    for (auto& [key, served] : served_)
        work(served, now);
    not_before_ = turns_.has(1, now.steady) ? now.steady : now.steady + next_turn;
}

std::optional<TimePoint> Gate::next_wake() const {
    auto wake = look_at_;
    for (const auto& [key, served] : served_) {
        for (const auto& at : {served.look_at, served.judge_at,
                               served.put ? served.placement.next_wake() : std::optional<TimePoint>()})
            if (at && (!wake || *at < *wake)) wake = at;
    }
    return wake ? std::optional(std::max(*wake, not_before_)) : std::nullopt;
}

std::size_t Gate::put() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(served_, [](const auto& each) { return each.second.put; }));
}

}  // namespace overlay
