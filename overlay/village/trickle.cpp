// overlay/village/trickle.cpp - the interval, and a moment in its second half.
#include "overlay/village/trickle.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace overlay {

Trickle::Trickle(const Config& config, Random random)
    : config_(config),
      random_(std::move(random)),
      resets_(config.resets, config.refill),
      interval_(config.shortest) {}

void Trickle::start(Time now) {
    begin(config_.shortest, now);
}

void Trickle::begin(std::chrono::milliseconds interval, Time now) {
    // §4.2 step 2: "t is set to a random point in the interval, taken from the range [I/2, I)".
    std::array<std::uint8_t, 2> roll{};
    random_(roll);
    const auto part = static_cast<std::int64_t>(roll[0]) << 8 | roll[1];
    interval_ = interval;
    began_ = now;
    at_ = now + interval / 2 + interval / 2 * part / 0x10000;
    said_ = false;
}

void Trickle::inconsistent(Time now) {
    // "If I is greater than Imin ... resets the Trickle timer. ... If I is equal to Imin, Trickle does
    // nothing."
    if (interval_ > config_.shortest && resets_.take(1, now)) begin(config_.shortest, now);
}

bool Trickle::step(Time now) {
    const bool say = !said_ && now >= at_;
    if (say) said_ = true;
    // "When the interval I expires, Trickle doubles the interval length." After a sleep of the machine one
    // has expired, not many.
    if (now >= began_ + interval_)
        begin(std::min(interval_ * 2, config_.shortest * (1U << config_.doublings)), now);
    return say;
}

}  // namespace overlay
