// overlay/token_bucket.hpp - how often something may be done: a bucket of tokens that fills again at a steady
// rate.
// 1. It is full at first, so that as many as it holds may come at once; after that only as many as come in
//    again.
// 2. Never more than full, and a clock that steps back brings no tokens.
// 3. What is too dear takes nothing.
// A value; time is handed in. sip/token_bucket.hpp is the same for the other side of the wall.
#pragma once

#include <algorithm>
#include <chrono>

namespace overlay {

class TokenBucket {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Seconds = std::chrono::duration<double>;

    /// Holds `size` tokens, and fills from empty to full within `fills_in`.
    TokenBucket(double size, Seconds fills_in)
        : size_(size), a_second_(size / fills_in.count()), tokens_(size) {}

    [[nodiscard]] double left(Time now) const {
        const Seconds passed = now - since_;
        return std::min(size_, tokens_ + std::max(0.0, passed.count()) * a_second_);
    }
    [[nodiscard]] bool has(double tokens, Time now) const { return left(now) >= tokens - rounding; }
    /// False: there are not so many, and none was taken.
    bool take(double tokens, Time now) {
        fill(now);
        if (tokens_ < tokens - rounding) return false;
        tokens_ = std::max(0.0, tokens_ - tokens);
        return true;
    }
    /// Takes what there is.
    void drain(Time now) {
        fill(now);
        tokens_ = 0;
    }
    [[nodiscard]] double full() const noexcept { return size_; }

private:
    static constexpr double rounding = 1e-6;  // nine tenths and a tenth are one
    void fill(Time now) {
        tokens_ = left(now);
        since_ = std::max(since_, now);
    }

    double size_;
    double a_second_;
    double tokens_;  // as of since_
    Time since_{};
};

}  // namespace overlay
