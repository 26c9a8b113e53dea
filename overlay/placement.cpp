// overlay/placement.cpp - when a block is put, read back, and put again.
#include "overlay/placement.hpp"

#include <algorithm>

namespace overlay {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Nodes that do not know our type drop values at 10 min (value.h). On any network: one such storer is enough
// to lose a replica, and re-putting 2 x 8 replicas of 411 bytes costs a kilobyte a minute.
constexpr milliseconds reput_least = seconds(440), reput_most = seconds(520);
// Who has just met the network knows few of it, and the nearest of those are not the nearest that others will
// ask when it has grown, though what they hold is read back: in a quarter of all villages whose sixteen
// radios are switched on together, somebody could not be called for three to eight minutes (now one of 48:
// simulations/scenarios/mesh.cpp). So what is put then is put again soon.
constexpr milliseconds young = seconds(60), reput_young_least = seconds(30), reput_young_most = seconds(60);
// A put takes about half a second, or three when a node next to the location has died unnoticed: read back at
// 0.5, 1.5, 3.5 and 7.5 s, and only then put again.
constexpr milliseconds read_after = milliseconds(500);
constexpr milliseconds read_patience = seconds(8);
constexpr milliseconds retry_most = minutes(5);
constexpr unsigned tries_once = 4;  // of a withdrawal

}  // namespace

unsigned Placement::confirmed(std::uint8_t locations) const {
    return static_cast<unsigned>(std::count(held->begin(), held->begin() + locations, true));
}

std::optional<TimePoint> Placement::next_wake() const {
    std::optional<TimePoint> wake;
    for (const auto& at : {put_at, read_at, judge_at})
        if (at && (!wake || *at < *wake)) wake = at;
    return wake;
}

std::optional<TimePoint> Placement::next_look() const {
    if (!read_at || (judge_at && *judge_at < *read_at)) return judge_at;
    return read_at;
}

bool Placement::is_kept_by_nobody() const {
    constexpr unsigned some = 4;  // tries: half a minute
    return tries >= some && confirmed(max_locations) == 0;
}

milliseconds Placer::between(milliseconds least, milliseconds most) const {
    std::array<std::uint8_t, 4> roll{};
    random_(roll);
    const auto number = (std::uint32_t{roll[0]} << 24U) | (std::uint32_t{roll[1]} << 16U) |
                        (std::uint32_t{roll[2]} << 8U) | roll[3];
    return least + milliseconds(static_cast<std::int64_t>(
                       number % static_cast<std::uint64_t>((most - least).count() + 1)));
}

void Placer::connected(Now now) {
    young_until_ = now.steady + young;
}

TimePoint Placer::next_put(Now now) const {
    return now.steady + (now.steady < young_until_ ? between(reput_young_least, reput_young_most)
                                                   : between(reput_least, reput_most));
}

void Placer::put(Placement& placement, Now now) {
    for (std::uint8_t i = 0; i < locations_; ++i) {
        ++*under_way_;
        dht_.put(location(placement.blinded, i), placement.wire, placement.id,
                 [count = std::weak_ptr(under_way_), open = std::make_shared<bool>(true)] {
                     const auto alive = count.lock();
                     if (!alive || !*open) return;
                     *open = false;
                     --*alive;
                 });
    }
    placement.put_at.reset();
    if (placement.confirmed(locations_) == locations_) {  // a re-put: was read back before
        placement.put_at = next_put(now);
        return;
    }
    placement.read_pause = read_after;
    placement.read_at = now.steady + placement.read_pause;
    placement.judge_at = now.steady + read_patience;
    ++placement.tries;
}

void Placer::read_back(Placement& placement, Now now) {
    for (std::uint8_t i = 0; i < locations_; ++i) {
        if ((*placement.held)[i]) continue;
        dht_.get(location(placement.blinded, i), true,
                 [held = std::weak_ptr(placement.held), i, id = placement.id](const DhtNode::Found& found) {
                     const auto alive = held.lock();
                     if (alive && found.id == id) (*alive)[i] = true;
                     return alive && !(*alive)[i];
                 },
                 {});
    }
    placement.read_pause *= 2;
    placement.read_at = now.steady + placement.read_pause;
}

void Placer::look_for_others(const Placement& placement, Met met) {
    const auto ours = parse_block(placement.wire);
    if (!ours) return;
    std::array<std::uint8_t, 1> roll{};
    random_(roll);
    const auto where = location(placement.blinded, static_cast<std::uint8_t>(roll[0] % locations_));
    // Whoever may write anything there can make us verify a few.
    constexpr unsigned verified_most = 8, looked_at_most = 256;
    struct Spent {
        unsigned verified = 0, looked_at = 0;
    };
    dht_.get(where, true,
             [where, ours = *ours, met = std::move(met),
              spent = std::make_shared<Spent>()](const DhtNode::Found& found) {
                 if (++spent->looked_at > looked_at_most) return false;
                 const auto block = parse_block(found.data);
                 if (!block || block->blinded != ours.blinded || writer_of(*block) != writer_of(ours))
                     return true;
                 if (block->seq < ours.seq || block->signature == ours.signature) return true;
                 if (++spent->verified > verified_most) return false;
                 if (check_block(found.data, where, block->expires - 1)) met(block->seq);
                 return true;
             },
             {});
}

void Placer::put_if_due(Placement& placement, Now now) {
    if (placement.put_at && *placement.put_at <= now.steady) put(placement, now);
}

void Placer::tend(Placement& placement, Now now) {
    const auto reached = [&](const std::optional<TimePoint>& at) { return at && *at <= now.steady; };
    if (reached(placement.read_at)) read_back(placement, now);
    if (!placement.judge_at) return;
    const bool everywhere = placement.confirmed(locations_) == locations_;
    if (!everywhere && !reached(placement.judge_at)) return;
    placement.judge_at.reset();
    placement.read_at.reset();
    if (placement.once && (everywhere || placement.tries >= tries_once)) return;
    const milliseconds again =
        std::min(retry_most, milliseconds(2000) * (1U << std::min(placement.tries, 8U)));
    placement.put_at = everywhere ? next_put(now) : now.steady + between(again / 2, again);
}

}  // namespace overlay
