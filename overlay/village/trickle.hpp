// overlay/village/trickle.hpp - RFC 6206: when to speak on a network that others share: twice a second when
// something is new, less and less often while nothing is. What is said here is each node's own (that it is
// there), so that nobody can say it for another: k, the number of others after whom one keeps silent, is
// infinite (§6.5), and there is no counter. A core: time and dice are handed in.
#pragma once

#include <chrono>
#include <functional>
#include <span>

#include "overlay/token_bucket.hpp"

namespace overlay {

class Trickle {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Random = std::function<void(std::span<std::uint8_t>)>;
    struct Config {
        std::chrono::milliseconds shortest{500};  // Imin
        unsigned doublings = 9;                   // Imax: 256 s
        // §4.2 step 6 lets each thing that is new bring a beacon within Imin. Whoever makes up new things
        // must not keep all nodes of a network talking: that often, and then once in ten seconds.
        double resets = 12;
        std::chrono::seconds refill{120};
    };
    Trickle(const Config& config, Random random);

    /// Begins with the shortest interval, whatever was before.
    void start(Time now);
    /// Something is new, here or there (§4.2 step 6).
    void inconsistent(Time now);
    /// True: it is to be said now.
    [[nodiscard]] bool step(Time now);
    [[nodiscard]] Time next_wake() const noexcept { return said_ ? began_ + interval_ : at_; }

private:
    void begin(std::chrono::milliseconds interval, Time now);

    Config config_;
    Random random_;
    TokenBucket resets_;
    std::chrono::milliseconds interval_;  // I
    Time began_{}, at_{};                 // t, absolute
    bool said_ = false;
};

}  // namespace overlay
