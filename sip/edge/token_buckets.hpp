// sip/edge/token_buckets.hpp - how often each of many may do something: a bucket of tokens for each key.
// A full bucket holds what fills it in a minute, so that many may come at once, but not again and again.
// Bounded: of too many keys the one not heard of for longest is forgotten, which gives it a full bucket: what
// must hold against somebody with many keys needs a bucket of its own that all of them share.
// A core: time is handed in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <utility>

namespace sip {

template <typename Key>
class TokenBuckets {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit TokenBuckets(double a_minute, std::size_t max_keys = 8192)
        : a_minute_(a_minute), max_keys_(max_keys) {}

    [[nodiscard]] bool has(const Key& key, double tokens, Time now) const {
        return left(key, now) >= tokens - rounding;
    }
    /// False: there are not so many, and none was taken.
    bool take(const Key& key, double tokens, Time now) {
        Bucket& bucket = bucket_of(key, now);
        if (bucket.tokens < tokens - rounding) return false;
        bucket.tokens = std::max(0.0, bucket.tokens - tokens);
        return true;
    }
    /// Takes what there is.
    void drain(const Key& key, Time now) { bucket_of(key, now).tokens = 0; }
    [[nodiscard]] double left(const Key& key, Time now) const {
        const auto found = buckets_.find(key);
        return found == buckets_.end() ? a_minute_ : filled(found->second, now);
    }
    [[nodiscard]] double full() const noexcept { return a_minute_; }
    [[nodiscard]] std::size_t size() const noexcept { return buckets_.size(); }

private:
    static constexpr double rounding = 1e-6;  // nine tenths and a tenth are one
    struct Bucket {
        double tokens = 0;
        Time since{};
        typename std::list<Key>::iterator place{};  // in order_
    };
    [[nodiscard]] double filled(const Bucket& bucket, Time now) const {
        const std::chrono::duration<double, std::ratio<60>> passed = now - bucket.since;
        return std::min(a_minute_, bucket.tokens + std::max(0.0, passed.count()) * a_minute_);
    }
    Bucket& bucket_of(const Key& key, Time now) {
        if (const auto found = buckets_.find(key); found != buckets_.end()) {
            Bucket& bucket = found->second;
            bucket.tokens = filled(bucket, now);
            bucket.since = std::max(bucket.since, now);
            order_.splice(order_.begin(), order_, bucket.place);
            return bucket;
        }
        if (buckets_.size() >= max_keys_) {
            buckets_.erase(order_.back());
            order_.pop_back();
        }
        order_.push_front(key);
        return buckets_.emplace(key, Bucket{a_minute_, now, order_.begin()}).first->second;
    }

    double a_minute_;
    std::size_t max_keys_;
    std::map<Key, Bucket> buckets_;
    std::list<Key> order_;  // latest first
};

}  // namespace sip
