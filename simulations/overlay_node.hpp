// simulations/overlay_node.hpp - the daemon's overlay, living in a virtual world: Core and nothing else.
#pragma once

#include "overlay/core.hpp"
#include "simulations/world.hpp"

namespace simulations {

class OverlayNode final : public Inhabitant {
public:
    struct Setup {
        Endpoint address;
        std::uint32_t network = 1;
        std::vector<Endpoint> bootstrap;  // asked every second while lonely, as the daemon does
        std::uint8_t locations = overlay::max_locations;
        std::uint8_t first_wave = overlay::Resolver::Config{}.first_wave;
        bool ask_directly = true;
        bool pad_requests = true;
        std::uint8_t slot = 0;
        std::chrono::milliseconds refresh = overlay::Publisher::Config{}.refresh;
        std::uint16_t other_types = 8;  // OpenDHT's types that are held to the policy: all cost 11 MiB a node
        std::uint16_t requests_of_a_source = 128;
        std::size_t store_bytes_per_source = 1U << 20U;
        std::size_t searches_per_hour = 4096;
        bool cache = true;             // answers are kept for a while
        std::chrono::seconds skew{0};  // how wrong the wall clock is
        bool village = false;          // speaks with who hears it (overlay/village)
    };
    /// Borrows all but the setup.
    OverlayNode(World& world, const Setup& setup, const crypto::Identity& identity, overlay::Memory& memory);
    ~OverlayNode() override;
    OverlayNode(const OverlayNode&) = delete;
    OverlayNode& operator=(const OverlayNode&) = delete;

    void receive(const Endpoint& from, crypto::ByteView datagram, Now now) override;
    void overhear(const Endpoint& from, crypto::ByteView datagram, Now now) override;
    void step(Now now) override;
    [[nodiscard]] TimePoint next_wake() const override;

    /// A listed name of the node's own identity.
    void publish(const std::string& label, overlay::InnerRecord record);
    void withdraw(const std::string& label);
    void publish(const overlay::RecordName& name, overlay::InnerRecord record);
    void withdraw(const overlay::RecordName& name);
    /// What the beacon tells in the daemon (overlay/village/neighbours.hpp).
    void set_neighbours(std::vector<Endpoint> nodes);
    void ask(overlay::ResolveRequest request, overlay::ResolveDone done);
    /// Runs the world until the answer is there. Asks everybody and hears everybody, as `lookup` does; a call
    /// does not skip the cache.
    overlay::ResolveAnswer resolve(const crypto::PublicKey& owner, const std::string& label);
    overlay::ResolveAnswer resolve(const overlay::RecordName& name, bool skip_cache = true);
    [[nodiscard]] overlay::OverlayStatus status() const;
    [[nodiscard]] overlay::Core& core();
    [[nodiscard]] const Setup& setup() const { return setup_; }
    /// Sent and received.
    struct Traffic {
        std::uint64_t packets = 0, bytes = 0;
    };
    [[nodiscard]] Traffic traffic() const { return traffic_; }
    [[nodiscard]] bool lonely() const { return core_.lonely(); }
    /// At how many locations the first record was read back; 0 without one.
    [[nodiscard]] unsigned read_back() const;

private:
    void say();
    void count(std::size_t size) {
        ++traffic_.packets;
        traffic_.bytes += size;
    }
    World& world_;
    Setup setup_;
    Traffic traffic_;
    const crypto::PublicKey key_;
    overlay::LanAddress lan_;
    overlay::Core core_;
    TimePoint ask_at_;
    unsigned tries_ = 0;
};

}  // namespace simulations
