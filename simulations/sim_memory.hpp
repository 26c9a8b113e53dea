// simulations/sim_memory.hpp - overlay::Memory without a file: what a node's disk would hold, over its
// restarts.
#pragma once

#include <map>

#include "overlay/memory.hpp"

namespace simulations {

class SimMemory final : public overlay::Memory {
public:
    using Seen = overlay::RollbackMemory::Entry;

    std::vector<KnownNode> load_nodes() override { return nodes_; }
    void save_nodes(const std::vector<KnownNode>& nodes) override { nodes_ = nodes; }
    std::vector<Seen> load_seen() override { return values_of(seen_); }
    void save_seen(const Seen& entry) override { seen_[{entry.blinded, entry.slot}] = entry; }
    std::vector<PublishedSeq> load_published() override { return values_of(published_); }
    void save_published(const PublishedSeq& entry) override { published_[entry.blinded] = entry; }
    std::vector<RevokedKey> load_revoked() override { return values_of(revoked_); }
    void save_revoked(const RevokedKey& revoked) override { revoked_[revoked.key] = revoked; }
    std::vector<OwnerNodes> load_owner_nodes() override { return values_of(owner_nodes_); }
    void save_owner_nodes(const OwnerNodes& entry) override { owner_nodes_[entry.name] = entry; }

private:
    template <typename Map>
    static std::vector<typename Map::mapped_type> values_of(const Map& map) {
        std::vector<typename Map::mapped_type> values;
        values.reserve(map.size());
        for (const auto& [key, value] : map)
            values.push_back(value);
        return values;
    }
    std::vector<KnownNode> nodes_;
    std::map<std::pair<crypto::PublicKey, std::uint8_t>, Seen> seen_;
    std::map<crypto::PublicKey, PublishedSeq> published_;
    std::map<crypto::PublicKey, RevokedKey> revoked_;
    std::map<NameHash, OwnerNodes> owner_nodes_;
};

}  // namespace simulations
