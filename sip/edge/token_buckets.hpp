// sip/edge/token_buckets.hpp - how often each of many may do something: a bucket of tokens for each key.
// A full bucket holds what fills it in a minute, so that many may come at once, but not again and again.
// Bounded: of too many keys the one not heard of for longest is forgotten, which gives it a full bucket: what
// must hold against somebody with many keys needs a bucket of its own that all of them share.
// A core: time is handed in.
#pragma once

#include <chrono>
#include <cstddef>

#include "sip/recent_map.hpp"
#include "sip/token_bucket.hpp"

namespace sip {

template <typename Key>
class TokenBuckets {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit TokenBuckets(double a_minute, std::size_t max_keys = 8192)
        : full_(a_minute, std::chrono::minutes(1)), buckets_(max_keys) {}

    [[nodiscard]] bool has(const Key& key, double tokens, Time now) const {
        return bucket_of(key).has(tokens, now);
    }
    /// False: there are not so many, and none was taken.
    bool take(const Key& key, double tokens, Time now) { return buckets_.make(key, full_).take(tokens, now); }
    /// Takes what there is.
    void drain(const Key& key, Time now) { buckets_.make(key, full_).drain(now); }
    [[nodiscard]] double left(const Key& key, Time now) const { return bucket_of(key).left(now); }
    [[nodiscard]] double full() const noexcept { return full_.full(); }
    [[nodiscard]] std::size_t size() const noexcept { return buckets_.size(); }

private:
    [[nodiscard]] const TokenBucket& bucket_of(const Key& key) const {
        const TokenBucket* const bucket = buckets_.find(key);
        return bucket == nullptr ? full_ : *bucket;
    }
    TokenBucket full_;  // of whom nothing was heard
    RecentMap<Key, TokenBucket> buckets_;
};

}  // namespace sip
