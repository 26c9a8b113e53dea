// overlay/store_quota.hpp - how many bytes we keep for others: in all, and for each source.
// A source is an IPv4 address or an IPv6 /64: a home has the whole of that. Time is handed in.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <map>

namespace overlay {

class StoreQuota {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    struct Limits {
        std::size_t bytes;
        std::size_t bytes_per_source;
    };
    explicit StoreQuota(const Limits& limits) : limits_(limits) {}

    /// True when `size` more bytes fit; they are then counted until `kept` has passed, by when OpenDHT has
    /// expired them unless somebody put them again.
    bool admit(const asio::ip::address& source, std::size_t size, std::chrono::seconds kept, TimePoint now);
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    using Source = asio::ip::address;
    struct Kept {
        Source source;
        std::size_t size;
    };
    void release(TimePoint now);

    Limits limits_;
    std::size_t bytes_ = 0;
    std::map<Source, std::size_t> by_source_;
    std::multimap<TimePoint, Kept> kept_;  // by the moment it is let go
};

}  // namespace overlay
