// overlay/tombstone_publisher.hpp - keeps pre-signed revocations findable, of our own key or of a friend's:
// the running epoch's is placed for as long as the node runs, the next one's from its start.
// It signs nothing: the seed may be lost, or in a thief's hands.
// A core: overlay loop only.
#pragma once

#include "overlay/placement.hpp"
#include "overlay/tombstone.hpp"

namespace overlay {

class TombstonePublisher {
public:
    TombstonePublisher(std::uint8_t locations, DhtNode& dht, Placer::Random random);

    /// All blocks to be published, instead of those given before. What is no tombstone of the running epoch
    /// or a later one is passed over: decode_tombstones() would have told.
    void publish(std::vector<std::vector<std::uint8_t>> blocks, Now now);
    void step(Now now);
    [[nodiscard]] std::optional<TimePoint> next_wake(Now now) const;
    /// The running epoch's blocks.
    [[nodiscard]] std::vector<crypto::ByteView> current() const;
    [[nodiscard]] bool idle() const { return placer_.idle(); }
    /// Fills tombstones and later_tombstones.
    void describe(OverlayStatus& status) const;

private:
    struct Kept {
        std::uint32_t epoch = 0;
        Placement placement;
        TimePoint check_at{};  // reads back once more: an epoch is long
    };
    void work(Kept& kept, std::uint32_t epoch, Now now);

    DhtNode& dht_;
    Placer placer_;
    std::vector<Kept> kept_;  // by epoch
    std::uint32_t epoch_ = 0;
    bool connected_ = false;
};

}  // namespace overlay
