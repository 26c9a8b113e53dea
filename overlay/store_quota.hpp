// overlay/store_quota.hpp - how many bytes we keep for others: in all, and for each source (source.hpp).
// 1. A source has its share, and never more than is left for all the others: so that many who take all they
//    can get leave room for one more.
// 2. At one key a source may have a few values, and all sources together some: who asks for a key is answered
//    with all of them.
// Time is handed in.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <map>

#include "crypto/bytes.hpp"

namespace overlay {

class StoreQuota {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Key = crypto::Bytes<20>;
    struct Limits {
        std::size_t bytes;
        std::size_t bytes_per_source;
        std::size_t values_per_key = 64;
        std::size_t values_per_key_and_source = 8;
    };
    explicit StoreQuota(const Limits& limits) : limits_(limits) {}

    /// True when `size` more bytes fit; they are then counted until `kept` has passed, by when OpenDHT has
    /// expired them unless somebody put them again.
    bool admit(const asio::ip::address& source, const Key& key, std::size_t size, std::chrono::seconds kept,
               TimePoint now);
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    using Source = asio::ip::address;
    struct Kept {
        Source source;
        Key key;
        std::size_t size;
    };
    void release(TimePoint now);

    Limits limits_;
    std::size_t bytes_ = 0;
    std::map<Source, std::size_t> by_source_;
    std::map<Key, std::map<Source, std::size_t>> by_key_;  // values
    std::multimap<TimePoint, Kept> kept_;                  // by the moment it is let go
};

}  // namespace overlay
