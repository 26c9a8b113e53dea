// overlay/village/gate.hpp - who has a way out puts the records of those without one into the DHT, so that
// the village is found from outside.
// 1. Byte for byte, and so under their owners' signatures; nothing is signed here, and what is withdrawn is
//    put as a withdrawal.
// 2. Not those of neighbours who are in the DHT themselves, nor what came through them: that is theirs.
// 3. Not what somebody else puts: it is looked first whether it is there, and again every eight minutes.
// 4. At most 256 records, ten begun in ten seconds; a record costs what one of our own does (placement.hpp).
// A core: overlay loop only.
#pragma once

#include <functional>
#include <map>

#include "overlay/placement.hpp"
#include "overlay/token_bucket.hpp"
#include "overlay/village/store.hpp"

namespace overlay {

class Gate {
public:
    static constexpr std::size_t most = 256;

    Gate(std::uint8_t locations, DhtNode& dht, Placer::Random random)
        : dht_(dht), placer_(locations, dht, std::move(random)), turns_(10, std::chrono::seconds(10)) {}

    /// REQUIRES: connected. `serves_itself`: is a neighbour in the DHT?
    void step(const VillageStore& store,
              const std::function<bool(const asio::ip::address& neighbour)>& serves_itself, Now now);
    /// There is no way out.
    void close() {
        served_.clear();
        look_at_.reset();
    }
    [[nodiscard]] std::optional<TimePoint> next_wake() const;
    /// Of others that we have put.
    [[nodiscard]] std::size_t put() const;

private:
    struct Served {
        Placement placement;
        std::uint16_t seq = 0;
        bool put = false;  // by us
        std::optional<TimePoint> look_at, judge_at;
        std::shared_ptr<bool> found = std::make_shared<bool>(false);  // somebody else puts it
    };
    void choose(const VillageStore& store,
                const std::function<bool(const asio::ip::address& neighbour)>& serves_itself, Now now);
    void look(Served& served, Now now);
    void work(Served& served, Now now);

    DhtNode& dht_;
    Placer placer_;
    TokenBucket turns_;
    std::map<VillageStore::Key, Served> served_;
    std::optional<TimePoint> look_at_;  // at the store
    TimePoint not_before_{};            // nobody has a turn
};

}  // namespace overlay
