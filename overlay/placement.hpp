// overlay/placement.hpp - keeps one signed block at its locations: put, read back, put again.
// 1. Success is reading a block back from somebody else, not that it was sent.
// 2. Nothing is signed here, and nothing expires: who made the block says when it is of no use.
// A core: overlay loop only.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "overlay/dht_node.hpp"

namespace overlay {

/// A block on its way. Its reads under way hold `held` weakly: it may go at any time.
struct Placement {
    std::uint64_t id = 0;
    crypto::PublicKey blinded{};
    std::vector<std::uint8_t> wire;
    bool once = false;  // a withdrawal: when it was read back it has been said
    std::shared_ptr<std::array<bool, max_locations>> held =  // read back from somebody else
        std::make_shared<std::array<bool, max_locations>>();
    unsigned tries = 0;
    std::chrono::milliseconds read_pause{0};
    std::optional<TimePoint> put_at, read_at, judge_at;  // nothing to do when empty

    [[nodiscard]] unsigned confirmed(std::uint8_t locations) const;
    [[nodiscard]] std::optional<TimePoint> next_wake() const;
    /// As next_wake(), of reading back alone.
    [[nodiscard]] std::optional<TimePoint> next_look() const;
    [[nodiscard]] bool is_kept_by_nobody() const;
};

class Placer {
public:
    /// Fills its argument with random bytes.
    using Random = std::function<void(std::span<std::uint8_t>)>;

    /// Borrows the node.
    Placer(std::uint8_t locations, DhtNode& dht, Random random)
        : locations_(locations), dht_(dht), random_(std::move(random)) {}

    /// Blocks of ours' name and day that somebody else wrote as the same writer, and that callers take
    /// instead of ours: the highest seq of one. Zero: none was met.
    using Met = std::function<void(std::uint16_t seq)>;
    /// Looks for such at one of the locations, a random one.
    void look_for_others(const Placement& placement, Met met);

    /// What is due of reading back. REQUIRES of this and the next: the node is connected; before, a put fails
    /// at once.
    void tend(Placement& placement, Now now);
    /// Whoever has many calls it by turns.
    void put_if_due(Placement& placement, Now now);
    /// From now on, of all placements.
    void use(std::uint8_t locations) noexcept { locations_ = locations; }
    [[nodiscard]] bool idle() const { return *under_way_ == 0; }  // no put is under way
    [[nodiscard]] std::uint8_t locations() const noexcept { return locations_; }

    void fill(std::span<std::uint8_t> out) const { random_(out); }  // with random bytes
    /// A random moment, both ends included.
    [[nodiscard]] std::chrono::milliseconds between(std::chrono::milliseconds least,
                                                    std::chrono::milliseconds most) const;

    /// The network was met, or met again.
    void connected(Now now);

private:
    [[nodiscard]] TimePoint next_put(Now now) const;
    void put(Placement& placement, Now now);
    void read_back(Placement& placement, Now now);

    std::uint8_t locations_;
    DhtNode& dht_;
    Random random_;
    TimePoint young_until_ = TimePoint::min();
    std::shared_ptr<std::size_t> under_way_ = std::make_shared<std::size_t>(0);
};

}  // namespace overlay
