// overlay/listen_quota.hpp - which listens OpenDHT may remember. It asks no policy about them: anybody could
// listen at 65,536 keys, and then nobody could put anything.
// 1. A source has so many, and all together so many, that half of OpenDHT's keys are left for values.
// 2. When all are taken, a source that has fewer than the greediest gets a place of that one's: the greediest
//    loses its oldest, which is not refreshed any more. OpenDHT itself forgets only after ten minutes, and
//    until then both count; so there is a second bound, which nobody passes.
// A core: time is handed in.
#pragma once

#include <asio/ip/address.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <set>
#include <string>

namespace overlay {

class ListenQuota {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    struct Limits {
        std::size_t per_source = 512;  // a carrier's NAT with some fifty phones of ten keys each
        std::size_t all = 16384;
        std::size_t with_forgotten = 32768;  // half of DhtNode::Config::store_keys
    };
    ListenQuota() : ListenQuota(Limits{}) {}
    explicit ListenQuota(const Limits& limits) : limits_(limits) {}

    /// A listen that is new or a refresh. `what`: who listens where.
    bool admit(const asio::ip::address& from, const std::string& what, TimePoint now);
    [[nodiscard]] std::size_t listens() const noexcept { return listens_; }
    /// With those that OpenDHT has yet to forget.
    [[nodiscard]] std::size_t remembered() const noexcept { return listens_ + forgotten_.size(); }

private:
    struct Source {
        std::map<std::string, TimePoint> refreshed;
        std::multimap<TimePoint, std::string> by_age;
    };
    using Sources = std::map<asio::ip::address, Source>;

    void release(TimePoint now);
    void remember(Sources::iterator source, const std::string& what, TimePoint now);
    void remove_oldest(Sources::iterator source);
    [[nodiscard]] bool make_room(std::size_t for_one_with, TimePoint now);

    Limits limits_;
    Sources sources_;
    std::set<std::pair<std::size_t, asio::ip::address>> by_greed_;
    std::size_t listens_ = 0;
    std::deque<TimePoint> forgotten_;  // when OpenDHT will have forgotten them, too
    TimePoint swept_{};
};

}  // namespace overlay
