// overlay/tombstone_publisher.cpp - which of the tombstones are due, and how often they are looked after.
#include "overlay/tombstone_publisher.hpp"

#include <algorithm>

namespace overlay {
namespace {

using std::chrono::milliseconds;

// As often as a name's record is refreshed, whose every version is read back.
constexpr milliseconds check_least = std::chrono::minutes(45), check_most = std::chrono::minutes(60);
// After a start or an outage: not all in one burst (publisher.cpp).
constexpr milliseconds spacing{20};
// A steady clock stands still in a suspended machine, epochs do not: looked at this often.
constexpr std::chrono::seconds look_again{60};

}  // namespace

TombstonePublisher::TombstonePublisher(std::uint8_t locations, DhtNode& dht, Placer::Random random)
    : dht_(dht), placer_(locations, dht, std::move(random)) {}

void TombstonePublisher::publish(std::vector<std::vector<std::uint8_t>> blocks, Now now) {
    const auto before = std::exchange(kept_, {});
    epoch_ = epoch_of(now.wall);
    for (auto& wire : blocks) {
        const auto parsed = parse_block(wire);
        if (!parsed || parsed->expires < epoch_length) continue;
        const auto epoch = epoch_of(parsed->expires) - 1;
        if (epoch < epoch_ || !check_tombstone(wire, epoch)) continue;
        Kept kept;
        kept.epoch = epoch;
        kept.placement.blinded = parsed->blinded;
        kept.placement.id = value_id(parsed->signature);
        kept.placement.wire = std::move(wire);
        const auto known =
            std::ranges::find(before, kept.placement.id, [](const Kept& each) { return each.placement.id; });
        if (known != before.end()) kept = *known;
        kept_.push_back(std::move(kept));
    }
    std::ranges::stable_sort(kept_, {}, &Kept::epoch);
}

void TombstonePublisher::work(Kept& kept, std::uint32_t epoch, Now now) {
    auto& placement = kept.placement;
    if (kept.epoch != epoch) return;
    if (!placement.next_wake())  // its epoch has begun, or we have
        placement.put_at =
            now.steady + placer_.between(milliseconds(0), spacing * static_cast<int>(kept_.size()));
    if (placement.put_at && *placement.put_at <= now.steady && kept.check_at <= now.steady) {
        placement.held->fill(false);
        placement.tries = 0;
        kept.check_at = now.steady + placer_.between(check_least, check_most);
    }
    placer_.tend(placement, now);
    placer_.put_if_due(placement, now);
}

void TombstonePublisher::step(Now now) {
    const bool connected = dht_.connectivity() == Connectivity::connected;
    const bool back = connected && !connected_;
    connected_ = connected;
    epoch_ = epoch_of(now.wall);
    std::erase_if(kept_, [this](const Kept& kept) { return kept.epoch < epoch_; });
    if (!connected) return;
    if (back) placer_.connected(now);
    for (auto& kept : kept_) {
        if (back) {  // who held it may be gone
            kept.placement.put_at = kept.placement.read_at = kept.placement.judge_at = std::nullopt;
            kept.check_at = now.steady;
        }
        work(kept, epoch_, now);
    }
}

std::optional<TimePoint> TombstonePublisher::next_wake(Now now) const {
    if (kept_.empty() || dht_.connectivity() != Connectivity::connected) return std::nullopt;
    const auto left = static_cast<std::int64_t>(epoch_end(epoch_of(now.wall)) - now.wall);
    auto wake = now.steady + std::min<std::chrono::seconds>(look_again, std::chrono::seconds(left));
    for (const auto& kept : kept_) {
        if (kept.epoch != epoch_of(now.wall)) break;
        wake = std::min(wake, kept.placement.next_wake().value_or(now.steady));
    }
    return wake;
}

std::vector<crypto::ByteView> TombstonePublisher::current() const {
    std::vector<crypto::ByteView> blocks;
    for (const auto& kept : kept_)
        if (kept.epoch == epoch_) blocks.emplace_back(kept.placement.wire);
    return blocks;
}

void TombstonePublisher::describe(OverlayStatus& status) const {
    for (const auto& kept : kept_) {
        if (kept.epoch != epoch_) {
            ++status.later_tombstones;
            continue;
        }
        status.tombstones.push_back({kept.placement.blinded, kept.epoch, epoch_end(kept.epoch),
                                     kept.placement.confirmed(placer_.locations())});
    }
}

}  // namespace overlay
